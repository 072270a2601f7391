package import ConfigCompiler
import ConfigModel
import KeyBundles
import RelayWire
package import TextFormats

/// An entry of a Secret that no rendered manifest has. A daemon makes it. If manifests are applied by other means, the
/// operator supplies it.
package struct SuppliedEntry: Sendable, Equatable {
  /// What an entry holds.
  package enum Content: Sendable, Equatable {
    /// Identity of an organization, with its declared recipient.
    case identity(recipient: String)
    /// Key of a relay's cluster, with the regions that share it.
    case clusterKey(regions: [String])
    /// Token of a relay's configuration.
    case token
  }

  /// Condition of an entry in a cluster.
  package enum State: Sendable, Equatable {
    case present
    case missing
    /// With the reason.
    case unusable(String)

    /// The condition in a word.
    package var word: String {
      switch self {
      case .present: "present"
      case .missing: "missing"
      case .unusable: "unusable"
      }
    }
  }

  /// What the entry holds.
  package let content: Content
  /// Region in whose cluster it is.
  package let region: String
  package let namespace: String
  /// Name of the Secret.
  package let secret: String
  /// Name of the entry in the Secret's data.
  package let entry: String
  package let org: String
  /// Name of the relay; nil if the entry is for all relays of the organization.
  package let relay: String?

  /// Whether relays need it: without a token, a relay only refuses measurements.
  package var isRequired: Bool { content != .token }

  /// What it is, as a phrase.
  package var summary: String {
    switch content {
    case .identity: "the age identity of `\(org)`, which opens the key bundles of its relays"
    case .clusterKey(let regions):
      "the key with which the pods of `\(org)/\(relay ?? "")` encrypt what they send each other"
        + (regions.count > 1 ? "; the same in \(regions.joined(separator: " and "))" : "")
    case .token: "the token for measurements on `\(org)/\(relay ?? "")`; only a daemon adds it"
    }
  }

  /// A shell command that makes the entry in the cluster of kubectl's context; nil if only a daemon can.
  package var command: String? {
    switch content {
    case .identity:
      "kubectl -n \(namespace) create secret generic \(secret) --from-file=\(entry)=\(org).identity --dry-run=client -o yaml"
        + " | kubectl apply --server-side --field-manager wpex-supply -f -"
    case .clusterKey(let regions):
      "printf '{\"stringData\": {\"\(entry)\": \"%s\"}}' "
        + (regions.count > 1
          ? "\"$(cat \(org)-\(relay ?? "").cluster-key)\"" : "\"$(head -c 32 /dev/urandom | base64)\"")
        + " | kubectl -n \(namespace) patch secret \(secret) --patch-file /dev/stdin --field-manager wpex-supply"
    case .token: nil
    }
  }
}

extension SuppliedEntry {
  /// Returns what the rendered manifests of a compilation lack, by region and namespace.
  ///
  /// - Parameter regions: Names of the regions; nil for all.
  package static func all(in compilation: Compilation, regions: [String]? = nil) -> [SuppliedEntry] {
    guard let platform = compilation.platform.platform?.spec else { return [] }
    return platform.regions.map(\.name).filter { regions?.contains($0) ?? true }.sorted().flatMap { region in
      compilation.units.flatMap { entries(of: $0, in: region, platform) }
    }
  }

  private static func entries(
    of unit: OrganizationUnit, in region: String, _ platform: PlatformSpec
  ) -> [SuppliedEntry] {
    let relays = unit.relays.filter { $0.spec.regions.contains(region) }
    guard !relays.isEmpty, let identity = unit.organization?.spec.identity else { return [] }
    let namespace = platform.namespace(ofOrganization: unit.name, in: region)
    func entry(_ content: Content, _ secret: String, _ entry: String, _ relay: String? = nil) -> SuppliedEntry {
      SuppliedEntry(
        content: content, region: region, namespace: namespace, secret: secret, entry: entry, org: unit.name,
        relay: relay)
    }
    var entries = [entry(.identity(recipient: identity.recipient), ObjectNames.identity, identityFile)]
    for relay in relays {
      let secret = ObjectNames.bundle(relay.name)
      if platform.relay.cluster {
        entries.append(entry(.clusterKey(regions: relay.spec.regions), secret, ClusterKey.file, relay.name))
      }
      entries.append(entry(.token, secret, RelayToken.file, relay.name))
    }
    return entries
  }

  /// Name of the entry with an organization's identity.
  private static let identityFile = "identity.txt"

  /// Returns the condition of the entry.
  ///
  /// - Parameter secret: The Secret in the cluster; nil if the cluster does not have it.
  package func state(in secret: JSON?) -> State {
    guard let bytes = secret.map({ RelayDeclaration.contents(ofSecret: $0) })?[entry] else { return .missing }
    switch content {
    case .identity(let recipient):
      guard let identities = try? AgeIdentity.parseFile(bytes), !identities.isEmpty else {
        return .unusable("it is not a file of age identities")
      }
      return identities.contains { $0.recipient.text == recipient }
        ? .present
        : .unusable("no identity in it is the one of `identity.recipient` in `orgs/\(org)/organization.yaml`")
    case .clusterKey:
      return ClusterKey.key(in: bytes) == nil ? .unusable("it is not 32 bytes in base64") : .present
    case .token: return RelayToken.token(in: bytes) == nil ? .missing : .present
    }
  }

  /// Returns the key that members use, to compare that of several regions; nil for other entries.
  package func sharedKey(in secret: JSON?) -> String? {
    guard case .clusterKey(let regions) = content, regions.count > 1, let secret else { return nil }
    return ClusterKey.key(inSecret: secret)
  }
}
