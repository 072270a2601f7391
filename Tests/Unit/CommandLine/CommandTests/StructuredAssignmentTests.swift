import TestSupport
import Testing

/// `wpex … set` of fields whose elements have parts of their own.
@Suite struct StructuredAssignmentTests {
  private func dryRun(_ arguments: [String]) throws -> ExternalCommand.Outcome {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.run(
        Wpex.path, ["-C", packageRoot + "/sample-repo"] + arguments + ["--dry-run"], folder: folder,
        environment: ["NO_COLOR": "1"])
    }
  }

  @Test(arguments: [
    (
      ["relay", "set", "acme/milan-guests", "tests.mustNotConnect+=guest-wifi,datacentre"],
      "+      - [guest-wifi, datacentre]"
    ),
    (
      ["relay", "set", "acme/milan-guests", "tests.mustNotConnect+=[guest-wifi, datacentre]"],
      "+      - [guest-wifi, datacentre]"
    ),
    (["relay", "set", "acme/milan-1", "probes+={ name: gateway, ping: 192.0.2.7 }"], "+      ping: 192.0.2.7"),
    (["relay", "set", "acme/milan-1", "probes=[{ name: gateway, ping: 192.0.2.7 }]"], "-    - name: path-to-turin"),
    (["org", "set", "acme", "contacts+={name: Night shift, email: night@acme.example}"], "+    - name: Night shift"),
  ])
  func elementsAreWrittenAsYAML(_ arguments: [String], _ line: String) throws {
    let outcome = try dryRun(arguments)
    #expect(outcome.status == 0 && outcome.output.contains(line), "\(outcome.output) \(outcome.errors)")
  }

  @Test(arguments: [
    (["relay", "set", "acme/milan-1", "probes=gateway"], "{ name: …, ping: … }"),
    (["relay", "set", "acme/milan-1", "probes+={ name: gateway"], "{ name: …, ping: … }"),
    (["org", "set", "acme", "contacts+=[a, b]"], "{ name: …, email: … }"),
    (["relay", "set", "acme/milan-1", "tests.mustConnect+=[headquarters, datacentre], turin"], "[a, b], [a, c]"),
  ])
  func whatIsNoElementSaysHowOneIsWritten(_ arguments: [String], _ words: String) throws {
    let outcome = try dryRun(arguments)
    #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
  }

  /// A file that is JSON stays JSON.
  @Test(arguments: [
    ["relay", "stop"], ["relay", "set", "bandwidthMbps=80", "labels.site=x", "keys.names+=guest-wifi"],
  ])
  func jsonStaysJSON(_ command: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let file = repo + "/orgs/acme/relays/milan-guests.yaml"
      let text = """
        {"apiVersion": "wpex.io/v1alpha1", "kind": "Relay",
         "metadata": {"name": "milan-guests", "labels": {"tier": "bronze"}},
         "spec": {"region": "eu-south", "port": 30102, "keys": {"selector": {"matchLabels": {"network": "guests"}}}}}

        """
      try ExternalCommand.write(Array(text.utf8), to: file)
      let arguments = Array(command[..<2]) + ["acme/milan-guests"] + Array(command[2...])
      let outcome = try ExternalCommand.run(Wpex.path, arguments, in: repo)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let judged = try ExternalCommand.run(
        "python3", ["-m", "json.tool", file], in: folder)
      #expect(judged.status == 0, "\(judged.errors)")
    }
  }
}
