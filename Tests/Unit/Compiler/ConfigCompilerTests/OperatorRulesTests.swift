import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

/// The operator's own rules: over documents and changes, from the first compile and from earlier ones.
@Suite struct OperatorRulesTests {
  private static let key = "orgs/acme/keys/warehouse-1.yaml"
  private static let platform = "platform.yaml"

  /// The catalogue's base with rules in its platform.
  private func repository(_ rules: String) throws -> MemoryRepository {
    var repository = MemoryRepository(Example([]))
    repository.set(Self.platform, try text(Self.platform, of: repository) + rules)
    return repository
  }

  private func text(_ path: String, of repository: MemoryRepository) throws -> String {
    String(decoding: try #require(repository.contents[path]), as: UTF8.self)
  }

  private func replace(_ old: String, with new: String, in path: String, of repository: inout MemoryRepository) throws {
    let text = try text(path, of: repository)
    try #require(text.contains(old))
    repository.set(path, text.replacing(old, with: new))
  }

  private static func rule(
    _ expression: String, kind: String = "Key", severity: String = "error", pass: String = "{}", fail: String = "{}"
  ) -> String {
    """
      rules:
        - name: ours
          kind: \(kind)
          severity: \(severity)
          text: it is so
          expression: \(expression)
          examples:
            pass: [\(pass)]
            fail: [\(fail)]

    """
  }

  private static let noSouth = rule(
    #""!has(spec.site.subnet) || !spec.site.subnet.startsWith('10.255.')""#,
    fail: "{ spec: { site: { subnet: 10.255.0.0/24 } } }")
  private static let stays = rule(
    "old == null || has(old.spec.alias) == has(spec.alias)", fail: "{ old: { spec: {} }, spec: { alias: x } }")

  private func breaches(_ compilation: Compilation) -> [String] {
    compilation.diagnostics.filter { $0.code == .ruleBroken || $0.code == .ruleAdvice }.map { diagnostic in
      "\(diagnostic.code.rawValue) \(diagnostic.primary.location.path) \(diagnostic.message)"
    }
  }

  @Test func pointsAtTheFieldAndTheRule() async throws {
    var repository = try repository(Self.noSouth)
    repository.set(Self.key, try text(Self.key, of: repository) + "  site:\n    subnet: 10.255.3.0/24\n")
    let compilation = await repository.compile()
    let diagnostic = try #require(compilation.diagnostics.first)
    #expect(compilation.diagnostics.count == 1)
    #expect(diagnostic.message == "the Key `warehouse-1` breaks the rule `ours`: it is so")
    let source = try text(Self.key, of: repository)
    let range = diagnostic.primary.location.range
    #expect(
      String(decoding: Array(source.utf8)[Int(range.start)..<Int(range.end)], as: UTF8.self) == "10.255.3.0/24")
    #expect(diagnostic.related.map(\.location.path) == [Self.platform])
    #expect(diagnostic.related.last?.text == "the rule `ours`")
    // Only the organization that breaks the rule stays as it was.
    #expect(compilation.faults == .organizations(["acme"]))
  }

  @Test func warningRefusesNothing() async throws {
    var repository = try repository(Self.noSouth.replacing("severity: error", with: "severity: warning"))
    repository.set(Self.key, try text(Self.key, of: repository) + "  site:\n    subnet: 10.255.3.0/24\n")
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.code) == [.ruleAdvice])
    #expect(compilation.faults == .none)
  }

  /// Rules are about every kind, in and outside of organizations.
  @Test(arguments: [
    ("Platform", "spec.regions.all(r, r.name != 'eu-north')", "platform.yaml"),
    ("User", "spec.roles.all(r, r != 'admin')", "users/root.yaml"),
    ("User", "spec.roles.all(r, r != 'engineer')", "orgs/acme/users/giulia.yaml"),
    ("Organization", "spec.displayName != 'Globex'", "orgs/globex/organization.yaml"),
    ("Relay", "spec.port < 30101", "orgs/acme/relays/north-1.yaml"),
    ("Key", "metadata.name.size() != 12", "orgs/acme/keys/headquarters.yaml"),
  ])
  func everyKind(_ kind: String, _ expression: String, _ path: String) async throws {
    let compilation = await (try repository(Self.rule("\"\(expression)\"", kind: kind))).compile()
    let found = breaches(compilation)
    #expect(found.count == 1 && found.first?.hasPrefix("WPX1462 \(path) ") == true, "\(found)")
  }

  /// A mistake in an expression is shown in the line that has it, whatever the notation.
  @Test(arguments: [
    "spec.expire < '2030'", "\"spec.expire < '2030'\"", "'spec.expire < \"2030\"'",
    ">-\n        spec.alias == 'x' ||\n        spec.expire < '2030'",
    "|\n        // a remark\n        spec.expire < '2030'",
  ])
  func mistakeIsLocated(_ expression: String) async throws {
    let repository = try repository(Self.rule(expression))
    let compilation = await repository.compile()
    let diagnostic = try #require(
      compilation.diagnostics.first { $0.code == .unusableRule && $0.message.contains("expire") })
    let source = Array(try text(Self.platform, of: repository).utf8)
    let range = diagnostic.primary.location.range
    #expect(String(decoding: source[Int(range.start)..<Int(range.end)], as: UTF8.self) == "expire")
    #expect(diagnostic.fixes.first?.edits.first?.replacement == "expires")
    #expect(compilation.faults == .platform)
  }

  @Test func examplesAreEvaluatedAndChecked() async throws {
    // The first must pass and does not; the second has a field that keys do not have; the third must fail and passes.
    let compilation = await
      (try repository(
        Self.rule(
          "has(spec.alias)", pass: "{ spec: { expires: 2027-01-01 } }, { spec: { alis: x } }",
          fail: "{ spec: { alias: x } }"))).compile()
    let found = compilation.diagnostics.filter { $0.code != .ruleBroken }
    #expect(found.map(\.code) == [.ruleExampleFails, .unknownField, .ruleExampleFails])
    #expect(found.first?.message == "the rule `ours` refuses an example that must pass")
    #expect(found.last?.message == "the rule `ours` permits an example that must fail")
    #expect(found.last?.primary.text == "this must fail")
  }

  @Test func namesAreUnique() async throws {
    let twice = Self.noSouth + Self.noSouth.replacing("  rules:\n", with: "")
    let compilation = await (try repository(twice)).compile()
    #expect(compilation.diagnostics.map(\.message) == ["two rules are called `ours`"])
  }

  /// A rule without an answer says why, and counts as broken.
  @Test func withoutAnAnswer() async throws {
    let example = "{ spec: { alias: x } }"
    let asks = Self.rule("\"has(spec.alias) ? true : spec.alias == 'x'\"", pass: example, fail: example)
    let compilation = await (try repository(asks)).compile()
    #expect(
      breaches(compilation).contains {
        $0.hasSuffix("the rule `ours` has no answer for the Key `warehouse-1`: the document has no `spec.alias`")
      })
  }

  // MARK: - Compiles that reuse an earlier one

  /// Whatever changes, a compile that reuses an earlier one finds what one from nothing finds.
  @Test func rulesThatChangeAreEvaluatedAgain() async throws {
    var repository = try repository("")
    repository.set(Self.key, try text(Self.key, of: repository) + "  site:\n    subnet: 10.255.3.0/24\n")
    let base = try text(Self.platform, of: repository)
    let other = Self.noSouth.replacing("10.255.", with: "10.254.")
    let variants = ["", Self.noSouth, Self.noSouth + "# nothing\n", other, Self.noSouth, ""]
    var earlier: Compilation?
    for variant in variants {
      repository.set(Self.platform, base + variant)
      let again = await Compiler.compile(
        repository.identifiedTree, contents: repository.contents, now: try #require(Timestamp("2026-06-01T00:00:00Z")),
        reusing: earlier)
      let fresh = await repository.compile()
      #expect(again.text == fresh.text)
      earlier = again
    }
    // The last rule but one was broken.
    #expect(earlier?.diagnostics.isEmpty == true)
  }

  // MARK: - Changes

  @Test func changesAreComparedOnlyWithABase() async throws {
    var repository = try repository(Self.stays)
    let before = await repository.compile()
    #expect(before.diagnostics.isEmpty, "\(before.text)")
    repository.set(Self.key, try text(Self.key, of: repository) + "  alias: Warehouse\n")
    let alone = await repository.compile(base: before)
    #expect(alone.diagnostics.isEmpty, "\(alone.text)")
    let compared = await repository.compile(base: before, old: before)
    #expect(breaches(compared) == ["WPX1462 \(Self.key) the Key `warehouse-1` breaks the rule `ours`: it is so"])
    #expect(compared.ruleBreaches(since: before).count == 1)
    // What the change does not touch is not compared, and a new document has no old one.
    repository = try self.repository(Self.stays)
    let new = try text(Self.key, of: repository).replacing("warehouse-1", with: "new")
    repository.set("orgs/acme/keys/new.yaml", new.replacing("WXv9", with: "WXv8") + "  alias: x\n")
    #expect(breaches(await repository.compile(base: before, old: before)).isEmpty)
  }

  /// A refused change does not come into force with the next one.
  @Test func refusedChangeIsComparedAgain() async throws {
    var repository = try repository(Self.stays)
    let first = await repository.compile()
    let sound = try text(Self.key, of: repository)
    repository.set(Self.key, sound + "  alias: Warehouse\n")
    let second = await repository.compile(base: first, old: first)
    #expect(second.faults == .organizations(["acme"]))
    let office = "orgs/globex/keys/office.yaml"
    repository.set(office, try text(office, of: repository) + "# nothing\n")
    let third = await repository.compile(reusing: second, base: second, old: second)
    #expect(third.faults == .organizations(["acme"]))
    let fourth = await repository.compile(reusing: third, base: third, old: third)
    #expect(fourth.faults == .organizations(["acme"]))
    // Back to what is in force, or with the rule away.
    repository.set(Self.key, sound)
    #expect(await repository.compile(reusing: fourth, base: fourth, old: fourth).faults == .none)
    repository.set(Self.key, sound + "  alias: Warehouse\n")
    try replace(Self.stays, with: "", in: Self.platform, of: &repository)
    #expect(await repository.compile(reusing: fourth, base: fourth, old: fourth).faults == .none)
  }

  /// A new organization that is refused is still new for the next commit.
  @Test func refusedOrganizationStaysNew() async throws {
    let rule = Self.rule(
      "\"old != null || metadata.name != 'initech'\"", kind: "Organization", pass: "{ metadata: { name: acme } }",
      fail: "{ metadata: { name: initech } }")
    var repository = try repository(rule)
    let first = await repository.compile()
    let globex = try text("orgs/globex/organization.yaml", of: repository)
    let initech = globex.replacing("name: globex", with: "name: initech").replacing("30200-30299", with: "30300-30399")
    repository.set("orgs/initech/organization.yaml", initech)
    let second = await repository.compile(base: first, old: first)
    #expect(second.faults == .organizations(["initech"]))
    #expect(await repository.compile(reusing: second, base: second, old: second).faults == .organizations(["initech"]))
  }

  /// A broken rule counts against a change only if the change breaks it.
  @Test func checkBlamesOnlyTheChange() async throws {
    var repository = try repository(Self.noSouth)
    repository.set(Self.key, try text(Self.key, of: repository) + "  site:\n    subnet: 10.255.3.0/24\n")
    let base = await repository.compile()
    try replace("displayName: Globex", with: "displayName: Globe", in: "orgs/globex/organization.yaml", of: &repository)
    #expect(await repository.compile().ruleBreaches(since: base).isEmpty)
    let headquarters = "orgs/acme/keys/headquarters.yaml"
    repository.set(headquarters, try text(headquarters, of: repository) + "  site:\n    subnet: 10.255.4.0/24\n")
    #expect(await repository.compile().ruleBreaches(since: base).count == 1)
  }
}
