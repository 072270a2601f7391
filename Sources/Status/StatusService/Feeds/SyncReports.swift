import ConfigModel
import FileAccess
import FleetMonitoring
import FoundationEssentials
import FleetCollectors
import RelayWire
import StatusModel
import TextFormats

/// Source of reports about the passes of a daemon in another process.
protocol SyncReports: Sendable {
  /// Returns the newest report; nil if there is none yet.
  ///
  /// - Parameter regions: the declared regions.
  /// - Throws: The error with which the state could not be read.
  func report(of regions: [Region]) async throws -> SyncReport?

  /// Clusters whose states cannot be read now, and why.
  var unread: [String: String] { get async }
}

extension SyncReports {
  /// Empty: a report is read whole, or not at all.
  var unread: [String: String] { get async { [:] } }
}

/// Status document of a daemon on this machine. It covers the state of relays, but not their counters.
struct DocumentReports: SyncReports, RelayRuntime {
  /// Path of the status document.
  let file: String
  let name = "status document"
  let regions: Set<String>? = nil

  private var document: JSON? { (try? Files.read(file)).flatMap { try? JSON(parsing: $0) } }

  func report(of regions: [Region]) async throws -> SyncReport? { document.flatMap { SyncReport(document: $0) } }

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
