import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats

/// A site's WireGuard configuration, without keys.
///
/// The person who sets up a site has its private key, and obtains the public keys of the other sites from their owners.
struct ClientConfiguration: Sendable {
  /// Most peer sections in one configuration.
  static let maxPeers = 50

  /// Relay through which the site connects.
  let row: RelayRow
  /// Key of the site.
  let key: DeclaredKey
  /// Keys of the other sites on the relay with which the site may speak.
  let others: [DeclaredKey]
  /// Whether the viewer may see fingerprints and subnets.
  let showsFingerprints: Bool

  /// Suggested file name.
  var fileName: String { "\(row.declared.name)-\(key.name).conf" }

  /// Text of the configuration, with placeholders for keys and addresses.
  var text: String {
    var lines = ["# \(key.spec.alias ?? key.name), through relay \(row.declared.id)"]
    lines += otherRegions
    lines += [
      "[Interface]",
      "PrivateKey = <private key of \(key.name)>", "Address = <address of this site in the tunnel>",
    ]
    for other in others.prefix(Self.maxPeers) {
      lines += ["", "# \(other.spec.alias ?? other.name)", "[Peer]"]
      if showsFingerprints, let fingerprint = other.fingerprint { lines.append("# its fingerprint: \(fingerprint)") }
      lines += [
        "PublicKey = <public key of \(other.name)>", "Endpoint = \(endpoint)",
        "AllowedIPs = \(showsFingerprints ? other.spec.site?.subnet ?? "<network behind it>" : "<network behind it>")",
        "PersistentKeepalive = 25",
      ]
    }
    if others.count > Self.maxPeers { lines += ["", "# … and \(others.count - Self.maxPeers) more, likewise"] }
    // Aliases are free text and must not be able to start a line of their own.
    return lines.map(\.visible).joined(separator: "\n") + "\n"
  }

  /// Region of the relay that is the nearest to the site: the site's own if the relay runs there, else the relay's first.
  private var region: String {
    key.spec.site?.region.flatMap { row.declared.spec.regions.contains($0) ? $0 : nil } ?? row.declared.spec.region
  }

  /// Where the site reaches the relay.
  private var endpoint: String {
    switch row.endpoint(in: region) {
    case .known(let text)?: text
    case .pending?: "<pending: the relay's load balancer has no address yet>:\(row.declared.spec.port)"
    case nil: "<relay>:\(row.declared.spec.port)"
    }
  }

  /// Comment that names the relay's endpoints in other regions, which lead to the same sites; empty if there are none.
  private var otherRegions: [String] {
    let others = row.declared.spec.regions.filter { $0 != region }.compactMap { region in
      row.endpoint(in: region)?.text.map { "\($0) (\(region))" }
    }
    guard row.declared.spec.isRegional, !others.isEmpty else { return [] }
    return [
      "# \(region) is its nearest region; these lead to the same sites: \(others.joined(separator: ", "))"
    ]
  }

  static let view = ObjectView<ClientConfiguration>(
    "ClientConfiguration", "A site's WireGuard configuration, without any key", org: { _ in nil }
  ) { view in
    view.text("key", "the site's key") { $0.key.name }
    view.text("fileName", "a name for the file") { $0.fileName }
    view.text("text", "the configuration; replace the parts in <…>") { $0.text }
    view.choice("endpointState", "`pending` until the relay's load balancer has an address") {
      $0.row.endpoint(in: $0.region)?.state ?? .unknown
    }
    view.integer("peers", "other sites that it reaches through this relay") { $0.others.count }
  }
}
