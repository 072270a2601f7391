import ArgumentParser
import KubernetesClient
import KubernetesTarget
import ProcessSupport
import SyncDaemon
import SyncEngine
import SyncService

/// Location of approvals: a daemon's state folder, or its cluster.
struct ApprovalPlace: ParsableArguments {
  @OptionGroup var location: StateOptions
  @Option(help: ArgumentHelp("The daemon's settings.", valueName: "file")) var config: String?
  @Option(help: ArgumentHelp("The kubeconfig of the daemon's cluster.", valueName: "file")) var kubeconfig: String?
  @Option(help: ArgumentHelp("The kubeconfig's context; by default, every one with a daemon.", valueName: "name"))
  var context: String?
  @Option(help: ArgumentHelp("The daemon's namespace in the cluster.", valueName: "name")) var namespace: String?

  /// - Throws: `ValidationError` if the text is not a digest of 16 hexadecimal digits.
  static func validate(_ digest: String) throws {
    guard digest.count == 16, digest.allSatisfy(\.isHexDigit) else {
      throw ValidationError("a plan's digest has 16 hexadecimal digits, as `wpex status` shows it")
    }
  }

  /// Operations on the approvals of a location.
  struct Store: Sendable {
    /// Users who approved, by digest.
    let approvals: @Sendable () async throws -> [String: String]
    /// Records an approval of a digest by the current user.
    let approve: @Sendable (String) async throws -> Void
    /// Removes the approval of a digest; false if there is none.
    let withdraw: @Sendable (String) async throws -> Bool
    /// Digests of held plans, by region; nil if this account cannot read them.
    let heldPlans: @Sendable () async throws -> [String: String]?

    /// The approvals of a daemon's cluster.
    init(_ store: ClusterStateStore) {
      self.init(
        approvals: { try await store.approvals("") }, approve: { try await store.approve($0, by: UserName.current) },
        withdraw: { try await store.withdraw($0) }, heldPlans: { try await store.heldPlans() })
    }

    /// The approvals of several clusters. A digest is approved where it is held, or everywhere until it is.
    init(_ stores: [ClusterStateStore]) {
      self.init(
        approvals: {
          var all: [String: String] = [:]
          for store in stores { all.merge(try await store.approvals("")) { first, _ in first } }
          return all
        },
        approve: { digest in
          var holders: [ClusterStateStore] = []
          for store in stores where try await store.heldPlans()?.values.contains(digest) == true {
            holders.append(store)
          }
          for store in holders.isEmpty ? stores : holders { try await store.approve(digest, by: UserName.current) }
        },
        withdraw: { digest in
          var wasThere = false
          for store in stores where try await store.withdraw(digest) { wasThere = true }
          return wasThere
        },
        heldPlans: {
          var all: [String: String]?
          for store in stores {
            guard let held = try await store.heldPlans() else { continue }
            all = (all ?? [:]).merging(held) { first, _ in first }
          }
          return all
        })
    }

    init(
      approvals: @escaping @Sendable () async throws -> [String: String],
      approve: @escaping @Sendable (String) async throws -> Void,
      withdraw: @escaping @Sendable (String) async throws -> Bool,
      heldPlans: @escaping @Sendable () async throws -> [String: String]?
    ) {
      self.approvals = approvals
      self.approve = approve
      self.withdraw = withdraw
      self.heldPlans = heldPlans
    }
  }

  /// Calls `body` with the approvals of the location, and closes the connection afterwards.
  ///
  /// - Throws: `CommandError` if the location cannot be opened; whatever else `body` throws.
  func use<Value: Sendable>(_ body: @Sendable (Store) async throws -> Value) async throws -> Value {
    do {
      guard config != nil || kubeconfig != nil else { return try await body(try Self.folder(location.state)) }
      var flags: [String: String] = [:]
      flags["target.kubeconfig"] = kubeconfig
      flags["target.context"] = context
      flags["target.namespace"] = namespace
      let settings = try SyncSettings(flags: flags, file: config)
      guard settings["target.kind"] == "kubernetes" else {
        return try await body(try Self.folder(settings["state"] ?? location.state))
      }
      let clients = ClusterClients(settings.clusters)
      let places = context == nil ? clients.clusters.all : [.own]
      let namespace = settings.namespace
      return try await withCleanup(
        { await clients.shutDown() },
        after: {
          guard places.count > 1 else {
            let client = try clients.client(of: places.first ?? .own)
            return try await body(Store(ClusterStateStore(client, namespace: namespace)))
          }
          let several = ClusterApprovals(clients, places: places, namespace: namespace) { Terminal.error($0) }
          return try await body(Store(try await several.reachable()))
        })
    } catch let error as StateFolder.Refused {
      throw CommandError(.refused, error.description)
    } catch let error as SyncDaemonError {
      throw CommandError(error)
    } catch let error as TargetError {
      throw CommandError(.failed, error.description)
    } catch let error as KubernetesClientError {
      throw CommandError(error.kind == .invalid ? .refused : .failed, error.description)
    }
  }

  private static func folder(_ path: String) throws -> Store {
    let folder = try StateFolder(existing: path)
    return Store(
      approvals: { try folder.approvals("") }, approve: { try folder.approve($0, by: UserName.current) },
      withdraw: { try folder.withdraw($0) }, heldPlans: { try folder.heldPlans() })
  }
}
