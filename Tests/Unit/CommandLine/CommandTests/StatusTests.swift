import FoundationEssentials
import TestSupport
import Testing
import TextFormats

/// `wpex status`, from a daemon's status document.
@Suite struct StatusTests {
  private static let document = """
    {"version": 1, "time": "2026-11-27T12:00:00.000Z", "source": "/relays (main)", "organizations": [],
     "regions": {"eu": {"applied": "c0ffee", "relays": [
       {"org": "acme", "relay": "big", "status": "current", "detail": "ok", "endpoint": "192.0.2.1:1",
        "members": {"ready": 3, "declared": 3}},
       {"org": "acme", "relay": "poor", "status": "in progress", "detail": "1 of 2 pods ready",
        "members": {"ready": 1, "declared": 2}},
       {"org": "acme", "relay": "single", "status": "current", "detail": "ok"}]}}}
    """

  private func run(_ arguments: [String], _ document: String = document) throws -> String {
    try ExternalCommand.withFolder { folder in
      #expect(FileManager.default.createFile(atPath: "\(folder)/status.json", contents: Data(document.utf8)))
      let outcome = try ExternalCommand.run(
        Wpex.path, ["status", "--state", folder] + arguments, folder: folder, environment: ["NO_COLOR": "1"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
  }

  private func words(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  @Test func relaysOfSeveralProcessesShowTheirMembers() throws {
    let lines = words(try run(["--relays"]))
    #expect(lines.contains(["RELAY", "STATUS", "MEMBERS", "ENDPOINT", "DETAIL"]))
    #expect(lines.contains(["acme/big", "current", "3/3", "192.0.2.1:1", "ok"]))
    #expect(lines.contains { $0.starts(with: ["acme/poor", "in", "progress", "1/2"]) })
    #expect(lines.contains(["acme/single", "current", "ok"]))
    let few = Self.document.replacing(/,\s*"members": \{[^}]*\}/, with: "")
    #expect(words(try run(["--relays"], few)).contains(["RELAY", "STATUS", "ENDPOINT", "DETAIL"]))
  }

  /// Without being asked for relays.
  @Test func missingMemberIsNamed() throws {
    let text = try run([])
    #expect(text.contains("acme/poor: 1 of 2 members ready"))
    #expect(!text.contains("acme/big"))
  }

  /// Without being asked for relays, and as a failure.
  @Test func whatIsNotInForceIsNamed() throws {
    let document = Self.document.replacing(
      #""relay": "big","#,
      with: #"""
        "relay": "big", "inForce": {"state": "not in force", "serial": 7, "instances": 2, "since": "2026-11-27T11:59:00.000Z",
          "missing": [{"instance": "pod-2", "reason": "it cannot be reached"}]},
        """#
    ).replacing(#""relay": "single","#, with: #""relay": "single", "inForce": {"state": "in force"},"#)
    #expect(
      try run([], document).contains(
        "acme/big: not in force since 2026-11-27T11:59:00.000Z: pod-2: it cannot be reached"))
    let lines = words(try run(["--relays"], document))
    #expect(lines.contains(["RELAY", "STATUS", "IN", "FORCE", "MEMBERS", "ENDPOINT", "DETAIL"]))
    #expect(lines.contains(["acme/big", "current", "no", "3/3", "192.0.2.1:1", "ok"]))
    #expect(lines.contains(["acme/single", "current", "yes", "ok"]))
  }

  @Test func documentHasTheMembers() throws {
    let json = try JSON(parsing: Array(try run(["--output", "json"]).utf8))
    let relays = json["regions"]?["eu"]?["relays"]?.elements ?? []
    #expect(relays.map { $0["members"]?["ready"]?.int } == [3, 1, nil])
  }
}
