import ChangePlan
import ChangeSet
import ConfigCompiler
import ConfigModel
import RepositorySupport
import TextFormats
import TestSupport
import Testing

@Suite struct PlanReportTests {
  private func report(_ plan: ChangePlan) -> PlanReport {
    PlanReport(
      plan, base: PlanReport.Side(revision: "origin/main", commit: "0123456789abcdef0123456789abcdef01234567"),
      head: PlanReport.Side(revision: "working folder", commit: nil))
  }

  /// A change of every sort to sample-repo.
  private func change() async throws -> ChangePlan {
    let base = try await Planned.sample()
    var head = base
    try head.edit("orgs/acme/relays/milan-1.yaml", "port: 30101", "port: 30110")
    try head.edit("orgs/acme/relays/milan-1.yaml", "laptop-rossi", "travel-agency")
    try head.edit("orgs/acme/keys/guests.yaml", "name: guest-wifi", "name: travel-agency")
    try head.edit("orgs/acme/relays/milan-1.yaml", "[guest-wifi, warehouse-milan]", "[laptop-rossi, warehouse-milan]")
    try head.edit("orgs/acme/organization.yaml", "[guest-wifi, headquarters]", "[auditors-2026, headquarters]")
    head.remove("orgs/acme/relays/turin-1.yaml")
    head.remove("orgs/acme/relays/milan-guests.yaml")
    try head.edit("orgs/acme/users/marco-bianchi.yaml", "[viewer]", "[engineer]")
    try head.edit(
      "orgs/globex/keys/office-oslo.yaml", "publicKey: ",
      "# rotated\n  publicKey: GZ9iZbKadTPiN1Mt8CSmEoHNk+udShA8Jm1bKBo5w/U= #")
    try head.edit("orgs/globex/organization.yaml", "displayName: ", "displayName: \"`Globex` <b>@all</b>\" #")
    let revision = await Planned.revision(head)
    try #require(!revision.compilation.hasErrors, "\(revision.compilation.text)")
    return try await Planned.plan(base, head)
  }

  @Test(arguments: [("plan.txt", .text), ("plan.md", .markdown), ("plan.json", .json)] as [(String, PlanReport.Form)])
  func goldenFiles(_ name: String, _ form: PlanReport.Form) async throws {
    expectGolden(try await report(change()).text(form), at: folder(of: #filePath) + "/Golden/\(name)")
  }

  @Test func colorsAreForTerminalsOnly() async throws {
    let plan = try await change()
    #expect(report(plan).text(.text, colors: true).contains("\u{1B}[31m"))
    for form in PlanReport.Form.allCases { #expect(!report(plan).text(form).contains("\u{1B}")) }
  }

  @Test func jsonHasItsSchema() async throws {
    let plan = try await change()
    let empty = try await Planned.plan(Planned.sample(), Planned.sample())
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(PlanReport.schema.text(.indented).utf8), to: folder + "/schema.json")
      for (name, plan) in [("change", plan), ("nothing", empty)] {
        try ExternalCommand.write(Array(report(plan).text(.json).utf8), to: "\(folder)/\(name).json")
      }
      // One that is not of the form, so that the judge is seen to judge.
      try ExternalCommand.write(Array(#"{"version": 1, "access": [{"key": 1}]}"#.utf8), to: folder + "/wrong.json")
      let outcome = try Judge.run(
        "json_schema.py", "\(folder)/schema.json", "\(folder)/change.json", "\(folder)/nothing.json",
        "\(folder)/wrong.json", folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output.split(separator: "\n").map { $0.hasSuffix(" valid") } == [true, true, false], "\(outcome.output)"
      )
    }
  }

  /// Whatever opens or names a tunnel or an account is told by a fingerprint, on both sides and in every form.
  @Test func keyMaterialIsNeverShown() async throws {
    let whole = try await Planned.sample()
    // Without any organization, and with other keys of its global users.
    var bare = whole
    for path in whole.contents.keys where path.hasPrefix("orgs/") { bare.remove(path) }
    let users = whole.contents.keys.filter { whole.text($0).contains("AAAAC3Nz") && $0.hasPrefix("users/") }
    for path in users { try bare.edit(path, "AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ") }
    #expect(!users.isEmpty)
    var secrets: Set<String> = []
    for repository in [whole, bare] {
      for path in repository.contents.keys where path.hasSuffix(".yaml") {
        let words = repository.text(path).split(whereSeparator: { " \n\"'".contains($0) }).map(String.init)
        secrets.formUnion(
          words.filter { ($0.count == 44 && $0.hasSuffix("=")) || $0.hasPrefix("AAAA") || $0.count == 64 })
      }
    }
    #expect(secrets.count > 40)
    for (one, other) in [(bare, whole), (whole, bare)] {
      let changed = try await Planned.plan(one, other)
      #expect(changed.documents.count > 50)
      for form in PlanReport.Form.allCases {
        let text = report(changed).text(form)
        for secret in secrets { #expect(!text.contains(secret), "\(form)") }
        #expect(!text.contains("BEGIN AGE ENCRYPTED FILE"))
        #expect(text.contains("SHA256:"))
      }
    }
  }

  @Test func markdownOfAThousandfoldChangeIsOneComment() async throws {
    var files = GeneratedRepository(seed: 1, organizations: 1).files
    let base = MemoryRepository(files)
    files["orgs/org-0/keys/more.yaml"] = (0..<5_000).map { number in
      "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: more-\(number)\n  labels: { network: net-0 }\nspec:\n"
        + "  publicKey: \(publicKey(10_000 + number))\n  alias: \"`</details> \(number)\"\n"
    }.joined(separator: "---\n")
    let plan = try await Planned.plan(base, MemoryRepository(files))
    #expect(plan.documents.count == 5_000 && plan.access.count >= 5_000)
    let whole = report(plan).text(.text)
    let text = report(plan).text(.markdown, fullText: "https://ci.example.net/artifacts/plan.txt")
    #expect(text.utf8.count <= 65_536 && text.utf8.count > 60_000)
    #expect(text.hasPrefix(PlanMarkdown.marker + "\n"))
    let last = try #require(text.split(separator: "\n").last)
    #expect(last.hasSuffix("the full text: https://ci.example.net/artifacts/plan.txt"))
    let missing = try #require(last.split(separator: " ").first.flatMap { Int($0) })
    let shown = text.split(separator: "\n").count { $0.hasPrefix("- ") || $0.hasPrefix("  - ") }
    let lines = whole.split(separator: "\n").count { $0.hasPrefix("  ") }
    #expect(shown + missing == lines)
    #expect(text.split(separator: "<details>").count == text.split(separator: "</details>\n").count)
  }

  private func publicKey(_ number: Int) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var random = SeededRandom(seed: UInt64(number))
    return String((0..<42).map { _ in alphabet[Int.random(in: 0..<64, using: &random)] }) + "E="
  }
}
