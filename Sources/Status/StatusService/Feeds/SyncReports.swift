import FileAccess
import FleetMonitoring
import FoundationEssentials
import KubernetesClient
import KubernetesTarget
import FleetCollectors
import RelayWire
import StatusModel
import TextFormats
import SyncEngine

/// Source of reports about the passes of a daemon in another process.
protocol SyncReports: Sendable {
  /// Returns the newest report; nil if there is none yet.
  ///
  /// - Parameter regions: names of the declared regions.
  /// - Throws: The error with which the state could not be read.
  func report(of regions: [String]) async throws -> SyncReport?
}

/// Status document of a daemon on this machine. It covers the state of relays, but not their counters.
struct DocumentReports: SyncReports, RelayRuntime {
  /// Path of the status document.
  let file: String
  let name = "status document"
  let regions: Set<String>? = nil

  private var document: JSON? { (try? Files.read(file)).flatMap { try? JSON(parsing: $0) } }

  func report(of regions: [String]) async throws -> SyncReport? { document.flatMap { SyncReport(document: $0) } }

  func view() async -> RuntimeView {
    guard let document, case .object(let regions)? = document["regions"] else {
      return RuntimeView([], problem: StatusText(.noStatusDocument, ["file": .string(file)]))
    }
    return RuntimeView(
      regions.pairs.flatMap { $0.value["relays"]?.elements ?? [] }.compactMap { relay in
        guard let org = relay["org"]?.text, let name = relay["relay"]?.text else { return nil }
        return RelayPlacement(
          RelayID(org: org, name: name), relay["status"]?.text.flatMap(RelayPhase.init(words:)) ?? .unknown,
          detail: StatusText(quoting: relay["detail"]?.text ?? ""),
          endpoint: relay["endpoint"]?.text.map { .known($0) }
            ?? (relay["endpointState"]?.text == RelayEndpoint.State.pending.rawValue ? .pending : nil))
      })
  }

  func log(of placement: RelayPlacement) async throws -> [String] { [] }
}

/// States that daemons store in the cluster.
struct ClusterReports: SyncReports {
  private let store: ClusterStateStore

  init(_ client: KubernetesClient, namespace: String) { store = ClusterStateStore(client, namespace: namespace) }

  func report(of regions: [String]) async throws -> SyncReport? {
    var report = SyncReport()
    for region in regions {
      guard let state = try await store.load(region) else { continue }
      let held = state.held
      report.add(
        region: region, applied: state.applied, generation: state.generation,
        lastGood: state.lastGood.mapValues(\.commit),
        held: held.map { held in
          SyncReport.Hold(
            digest: held.digest, changes: held.changes,
            reasons: held.reasons.map {
              SyncReport.Reason(org: $0.org, text: $0.text, code: $0.code, parameters: $0.parameters)
            })
        })
      for org in state.lastGood.keys where state.failures[org] == nil && held?.changes[org] == nil { report.keep(org) }
      for (relay, inForce) in state.notInForce {
        let parts = relay.split(separator: "/").map(String.init)
        guard parts.count == 2 else { continue }
        report.inForce[RelayID(org: parts[0], name: parts[1])] = RelayEnforcement(inForce)
      }
      for (org, failure) in state.failures { report.keep(org, failure: failure) }
    }
    return report.regions.isEmpty ? nil : report
  }
}
