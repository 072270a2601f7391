import FleetCollectors
import FleetMonitoring
import ProcessSupport
import TestSupport
import TextFormats
import Testing

@testable import NetworkMeasurement

/// Nobody measures without permission, and nothing is measured without a record.
@Suite struct MeasuringRunTests {
  private func inWorld(_ body: (MeasuringWorld) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { try await body(MeasuringWorld($0)) }
  }

  @Test func anEngineerMeasuresAndBothRecordsAreThere() async throws {
    try await inWorld { world in
      let (report, failure, wasCalled) = try await world.measure(as: "acme/erik")
      #expect(failure == nil && wasCalled)
      #expect(
        try await world.records() == [
          ["acme/erik", "acme", "north-1", "ping 192.0.2.1: begun"],
          ["acme/erik", "acme", "north-1", "ping 192.0.2.1: reached; 2 of 2 answered, 1.00 ms at the median"],
        ])
      let json = try #require(report?.json)
      #expect(json["by"]?.text == "acme/erik")
      #expect(json["relay"]?.text == "acme/north-1")
      #expect(json["outcome"]?.text == "reached")
      #expect(json["received"]?.int == 2)
      #expect(throws: Never.self) { try report?.requireAnswer() }
    }
  }

  @Test func aViewerMayNotMeasure() async throws {
    try await inWorld { world in
      let (_, failure, wasCalled) = try await world.measure(as: "acme/vera")
      #expect(!wasCalled)
      #expect(failure?.kind == .refused)
      #expect(failure?.description.contains("needs the permission `diagnostics:run` in acme") == true)
      #expect(
        try await world.records() == [
          ["acme/vera", "acme", "north-1", "ping 192.0.2.1: refused; the permission diagnostics:run is missing"]
        ])
    }
  }

  /// The other organization must not learn of the attempt, nor the caller that the relay exists.
  @Test func aForeignRelayLooksLikeNone() async throws {
    try await inWorld { world in
      let foreign = try await world.measure(as: "globex/gina")
      let missing = try await world.measure(as: "globex/gina", from: RelayID(org: "acme", name: "north-2"))
      #expect(foreign.failure?.description == "there is no relay `acme/north-1`, or none that you can see")
      #expect(missing.failure?.description == "there is no relay `acme/north-2`, or none that you can see")
      #expect(!foreign.wasCalled && !missing.wasCalled)
      // A mistyped name is not an attempt.
      #expect(
        try await world.records() == [
          ["globex/gina", "", "acme/north-1", "ping 192.0.2.1: refused; the relay is out of reach"]
        ])
    }
  }

  @Test func aMistypedNameIsCorrectedForThoseWhoSeeTheRelay() async throws {
    try await inWorld { world in
      let failure = try await world.measure(as: "acme/erik", from: RelayID(org: "acme", name: "north-2")).failure
      #expect(failure?.description == "there is no relay `acme/north-2`: did you mean `acme/north-1`?")
      #expect(try await world.records().isEmpty)
    }
  }

  @Test func anUnknownTokenIsRefusedAndRecorded() async throws {
    try await inWorld { world in
      let (_, failure, wasCalled) = try await world.measure(as: "acme/nobody")
      #expect(!wasCalled)
      #expect(failure?.description == "the token belongs to no active user in the applied commit, or has expired")
      let record = try #require(try await world.records().first)
      #expect(record[1] == "" && record[2] == "acme/north-1")
      // Records name the user of the machine, and no token.
      #expect(record[0] == UserName.current)
    }
  }

  @Test func withoutALogNothingIsMeasured() async throws {
    try await inWorld { world in
      var world = world
      world.isLogThere = false
      let (_, failure, wasCalled) = try await world.measure(as: "acme/erik")
      #expect(!wasCalled)
      #expect(failure?.kind == .failed)
      #expect(failure?.description.hasPrefix("cannot measure, because the audit log is not writable: ") == true)
    }
  }

  @Test func theUserOfTheMachineNeedsNoToken() async throws {
    try await inWorld { world in
      var world = world
      world.trustsFileAccess = true
      let (report, _, wasCalled) = try await world.measure(as: nil)
      #expect(wasCalled && report?.caller == UserName.current)
    }
  }

  @Test func inAClusterATokenIsRequired() async throws {
    try await inWorld { world in
      let (_, failure, wasCalled) = try await world.measure(as: nil)
      #expect(!wasCalled)
      #expect(failure?.kind == .usage)
      #expect(failure?.description.hasPrefix("an API token is required: ") == true)
      #expect(try await world.records().isEmpty)
    }
  }

  @Test func aRelayThatRefusesIsRecordedAsSuch() async throws {
    try await inWorld { world in
      let refusal = RelayDiagnosticError(.refused, "private networks are not allowed")
      let (_, failure, _) = try await world.measure(as: "acme/erik", .failure(refusal))
      #expect(failure?.kind == .refused)
      #expect(failure?.description == "relay `acme/north-1` does not measure: private networks are not allowed")
      #expect(try await world.records().last?[3] == "ping 192.0.2.1: refused; private networks are not allowed")
      let broken = RelayDiagnosticError(.unreachable, "no answer")
      #expect(try await world.measure(as: "acme/erik", .failure(broken)).failure?.kind == .failed)
      #expect(try await world.records().last?[3] == "ping 192.0.2.1: failed; no answer")
    }
  }

  @Test func aRelayThatCannotBeAskedEndsItsRecord() async throws {
    try await inWorld { world in
      var world = world
      world.obstacle = .stopped(MeasuringWorld.relay)
      let (_, failure, wasCalled) = try await world.measure(as: "acme/erik")
      #expect(!wasCalled)
      #expect(failure?.kind == .refused)
      #expect(failure?.description == "relay `acme/north-1` is stopped: `wpex relay start acme/north-1` starts it")
      #expect(
        try await world.records().last?[3].hasPrefix("ping 192.0.2.1: failed; relay `acme/north-1` is stopped") == true)
    }
  }

  @Test func aTargetThatDoesNotAnswerIsAFailureOfItsOwn() async throws {
    try await inWorld { world in
      let silent = try await world.measure(as: "acme/erik", .success(MeasuringResult(ping: MeasuringWorld.answer([]))))
      let report = try #require(silent.report)
      #expect(report.hasResult)
      let silence = #expect(throws: NetworkMeasurementError.self) { try report.requireAnswer() }
      #expect(silence?.kind == .refused)
      #expect(silence?.description == "`192.0.2.1` does not answer")

      let failed = MeasuringResult(ping: MeasuringWorld.answer([], failure: "no route to host"))
      let other = try #require(try await world.measure(as: "acme/erik", .success(failed)).report)
      #expect(!other.hasResult)
      let failure = #expect(throws: NetworkMeasurementError.self) { try other.requireAnswer() }
      #expect(failure?.kind == .failed)
      #expect(failure?.description == "relay `acme/north-1` could not measure: no route to host")
    }
  }
}
