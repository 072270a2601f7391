import AuditStores
import SyncDaemon
import SyncService
import TestSupport
import Testing

@testable import NetworkMeasurement

/// Which relays and which audit log are meant.
@Suite struct MeasuringPlaceTests {
  /// A state folder that a daemon has written, and holds if `isRunning`.
  private func inState(isRunning: Bool = true, _ body: (String) throws -> Void) throws {
    try ExternalCommand.withFolder { folder in
      let state = "\(folder)/state"
      let lock = try StateFolder(state).lock()
      try ExternalCommand.write(Array("{}".utf8), to: "\(state)/\(StatusDocument.file)")
      if isRunning {
        try body(state)
        withExtendedLifetime(lock) {}
      } else {
        try ExternalCommand.copy(state, to: "\(folder)/copy")
        try body("\(folder)/copy")
      }
    }
  }

  private func site(_ place: MeasuringPlace) throws -> any MeasuringSite { try place.site(onNotice: { _ in }) }

  @Test func theStateFolderOfThisMachineHasTheLog() throws {
    try inState { state in
      let place = MeasuringPlace(state: state, environment: [:])
      let site = try site(place)
      #expect(site.trustsFileAccess)
      #expect(try site.audit == .sqlite(path: "\(state)/audit.sqlite"))
      let elsewhere = try self.site(MeasuringPlace(state: state, environment: ["WPEX_AUDIT_STORE": "/a.sqlite"]))
      #expect(try elsewhere.audit == .sqlite(path: "/a.sqlite"))
      var named = MeasuringPlace(state: state, environment: ["WPEX_AUDIT_STORE": "/a.sqlite"])
      named.store = "/b.sqlite"
      #expect(try self.site(named).audit == .sqlite(path: "/b.sqlite"))
    }
  }

  @Test func aFolderWithoutADaemonIsNamed() throws {
    let failure = #expect(throws: NetworkMeasurementError.self) {
      try site(MeasuringPlace(state: "/nowhere", environment: [:]))
    }
    #expect(failure?.kind == .failed)
    #expect(failure?.description.hasPrefix("no daemon has written its state to `/nowhere`") == true)
  }

  /// Its relays have ended with it, and their ports may be others' now.
  @Test func aDaemonThatDoesNotRunHasNoRelays() throws {
    try inState(isRunning: false) { state in
      let failure = #expect(throws: NetworkMeasurementError.self) {
        try site(MeasuringPlace(state: state, environment: [:]))
      }
      #expect(failure?.description.hasPrefix("the daemon of `\(state)` does not run") == true)
    }
  }

  @Test func settingsNameTheFolderOrTheCluster() throws {
    try inState { state in
      func place(_ json: String) throws -> MeasuringPlace {
        try ExternalCommand.write(Array(json.utf8), to: "\(state)/../sync.json")
        var place = MeasuringPlace(state: "/nowhere", environment: [:])
        place.config = "\(state)/../sync.json"
        return place
      }
      let local = try site(
        place(#"{"target": {"kind": "local"}, "state": "\#(state)", "audit": {"store": "/a.sqlite"}}"#))
      #expect(local.trustsFileAccess)
      #expect(try local.audit == .sqlite(path: "/a.sqlite"))
      let failure = #expect(throws: NetworkMeasurementError.self) {
        try site(place(#"{"target": {"kind": "directory"}}"#))
      }
      #expect(failure?.kind == .usage)
      #expect(throws: SyncDaemonError.self) { try site(place(#"{"unknown": 1}"#)) }
    }
  }
}
