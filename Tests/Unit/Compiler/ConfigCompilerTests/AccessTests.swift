@testable import ConfigCompiler
import ConfigModel
import Diagnostics
import KeyBundles
import RepositorySupport
import TestSupport
import TextFormats
import Testing

/// Who may speak with whom on a relay: rules, their classes, tests that see them, and the bundle that carries them.
@Suite struct AccessTests {
  private static let relay = "orgs/acme/relays/north-1.yaml"

  private func compile(_ fields: String) async throws -> Compilation {
    var repository = MemoryRepository(Example([]))
    let text = String(decoding: try #require(repository.contents[Self.relay]), as: UTF8.self)
    repository.set(Self.relay, text + fields)
    return await repository.compile()
  }

  private func unit(_ compilation: Compilation) throws -> OrganizationUnit {
    try #require(compilation.units.first { $0.name == "acme" })
  }

  private func access(_ fields: String) async throws -> RelayAccess? {
    let compilation = try await compile(fields)
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
    let unit = try unit(compilation)
    let position = try #require(unit.relays.firstIndex { $0.name == "north-1" })
    return unit.access(ofRelay: position, on: compilation.now.day)
  }

  @Test func withoutRulesEverybodySpeaksWithEverybody() async throws {
    #expect(try await access("") == nil)
  }

  @Test(arguments: [
    ("  access: []\n", false, 1),
    ("  access:\n    - between: [{}, {}]\n", true, 1),
    ("  access:\n    - between: [{ names: [headquarters] }, {}]\n", true, 2),
    ("  access:\n    - between: [{ names: [headquarters] }, { names: [headquarters] }]\n", false, 2),
    ("  access:\n    - between: [{ matchLabels: { network: core } }, { names: [warehouse-1] }]\n", true, 2),
    ("  access:\n    - between: [{ names: [warehouse-1], matchLabels: { network: core } }, {}]\n", true, 1),
  ])
  func rulesArePairs(_ fields: String, _ speaks: Bool, _ classes: Int) async throws {
    let access = try #require(try await access(fields))
    #expect(access.permits("headquarters", "warehouse-1") == speaks)
    #expect(access.permits("warehouse-1", "headquarters") == speaks)
    #expect(!access.permits("headquarters", "headquarters") && !access.permits("headquarters", "nobody"))
    #expect(access.count == classes)
  }

  /// Classes and rules say the same as the rules' own words, for every pair.
  @Test func classesAgreeWithTheRules() async throws {
    var generator = SeededGenerator(7)
    for _ in 0..<20 {
      let keys = try await manyKeys(40, &generator)
      let rules = (0..<Int.random(in: 0...9, using: &generator)).map { _ in rule(&generator) }
      let access = try #require(RelayAccess(rules, keys: keys))
      for one in keys {
        for other in keys where one.name != other.name {
          let expected = rules.contains { rule in
            [(one, other), (other, one)].contains { first, second in
              includes(rule.between[0], first) && includes(rule.between[1], second)
            }
          }
          #expect(access.permits(one.name, other.name) == expected, "\(one.name) \(other.name)")
        }
      }
    }
  }

  private func includes(_ side: AccessSide, _ key: Declared<KeySpec>) -> Bool {
    side.names.isEmpty && side.matchLabels == nil || side.names.contains(key.name)
      || side.matchLabels.map { $0.allSatisfy { key.labels[$0.key] == $0.value } } == true
  }

  private func rule(_ generator: inout SeededGenerator) -> AccessRule {
    var rule = AccessRule()
    for _ in 0..<2 {
      var side = AccessSide()
      if Bool.random(using: &generator) { side.names = ["key-\(Int.random(in: 0..<40, using: &generator))"] }
      if Bool.random(using: &generator) {
        side.matchLabels = ["role": "role-\(Int.random(in: 0..<4, using: &generator))"]
      }
      rule.between.append(side)
    }
    return rule
  }

  private func manyKeys(_ count: Int, _ generator: inout SeededGenerator) async throws -> [Declared<KeySpec>] {
    var repository = MemoryRepository(Example([]))
    for number in 0..<count {
      let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = String(decoding: Base64.encode(bytes, padded: true), as: UTF8.self)
      let role = Int.random(in: 0..<4, using: &generator)
      repository.set(
        "orgs/acme/keys/key-\(number).yaml",
        """
        apiVersion: wpex.io/v1alpha1
        kind: Key
        metadata:
          name: key-\(number)
          labels: { role: role-\(role) }
        spec:
          publicKey: \(text)

        """)
    }
    return try unit(await repository.compile()).keys.filter { $0.name.hasPrefix("key-") }
  }

  @Test func testsSeeTheRules() async throws {
    let tests = "  tests:\n    mustConnect:\n      - [headquarters, warehouse-1]\n"
    let closed = try await compile("  access: []\n" + tests)
    #expect(closed.diagnostics.map(\.code) == [.mustConnectFails])
    #expect(closed.diagnostics.first?.message.contains("no rule of `access` lets them") == true)
    let open = try await compile("  access:\n    - between: [{}, {}]\n" + tests)
    #expect(open.diagnostics.isEmpty, "\(open.text)")
    let opposite = tests.replacing("mustConnect", with: "mustNotConnect")
    #expect(try await compile("  access: []\n" + opposite).diagnostics.isEmpty)
    let fails = try await compile("  access:\n    - between: [{}, {}]\n" + opposite)
    #expect(fails.diagnostics.map(\.code) == [.mustNotConnectFails])
  }

  @Test(arguments: [
    ("[{ names: [headquarter] }, {}]", DiagnosticCode.unknownKey),
    ("[{ matchLabels: { network: cores } }, {}]", .selectorMatchesNothing),
    ("[{}]", .listLength), ("[{}, {}, {}]", .listLength), ("[{ name: [headquarters] }, {}]", .unknownField),
  ])
  func mistakesAreNamed(_ between: String, _ code: DiagnosticCode) async throws {
    let compilation = try await compile("  access:\n    - between: \(between)\n")
    #expect(compilation.diagnostics.map(\.code) == [code], "\(compilation.text)")
    #expect(compilation.diagnostics.first?.primary.location.path == Self.relay)
  }

  /// The graph shows keys at the rules that let them speak, so that nobody seems to reach everybody.
  @Test func graphFollowsTheRules() async throws {
    let compilation = try await compile(
      "  access:\n    - between: [{ names: [headquarters] }, { names: [headquarters] }]\n")
    let mermaid = RepositoryGraph(compilation, organization: "acme").text(.mermaid)
    let rule = "n_acme_relay_north__1_rule_1"
    #expect(mermaid.contains("n_acme_relay_north__1 -.- \(rule){"))
    #expect(mermaid.contains("\(rule) === n_acme_key_headquarters"))
    #expect(!mermaid.contains("\(rule) --- n_acme_key_warehouse__1"))
    // A key that speaks with nobody is at its relay.
    #expect(mermaid.contains("n_acme_relay_north__1 --- n_acme_key_warehouse__1"))
    #expect(!mermaid.contains("n_acme_relay_north__1 --- n_acme_key_headquarters"))
    let dot = RepositoryGraph(compilation, organization: "acme").text(.dot)
    #expect(dot.contains("acme/relay/north-1/rule/1") && dot.contains("[penwidth=2]"))
  }

  /// A bundle without rules keeps its bytes; one with rules has another version, which older relays refuse.
  @Test func bundleCarriesTheRules() async throws {
    let fields = "  access:\n    - between: [{ names: [headquarters] }, {}]\n"
    let access = try #require(try await access(fields))
    let key = try WireGuardKey(bytes: Array(repeating: 9, count: 32))
    let bundle = try KeyBundle(
      org: "acme", relay: "north-1",
      keys: [KeyBundle.Key(name: "headquarters", accessClass: access.classes["headquarters"], .publicKey(key))],
      access: access.bundled)
    let text = String(decoding: bundle.payload, as: UTF8.self)
    #expect(text.contains(#""version":2"#) && text.contains(#""access":{"classes":["#))
    #expect(try KeyBundle(payload: bundle.payload) == bundle)
    for (old, new) in [(#""class":0"#, #""class":2"#), (#""class":0,"#, ""), (#""rules":1"#, #""rules":5"#)] {
      #expect(text.contains(old))
      #expect(throws: KeyBundleError(.invalidContent, "")) {
        try KeyBundle(payload: Array(text.replacing(old, with: new).utf8))
      }
    }
  }
}

/// Tests of an organization, which hold over all of its relays.
@Suite struct OrganizationTestsTests {
  private static let organization = "orgs/acme/organization.yaml"

  /// Acme with a third key on a second relay, and tests.
  private func compile(tests: String, first: String = "", second: String = "") async throws -> Compilation {
    var repository = MemoryRepository(Example([]))
    for (path, fields) in [(Self.organization, tests), ("orgs/acme/relays/north-1.yaml", first)] {
      let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
      repository.set(path, text + fields)
    }
    let key = String(decoding: Base64.encode((0..<32).map { UInt8($0 * 7 + 1) }, padded: true), as: UTF8.self)
    repository.set(
      "orgs/acme/keys/guest.yaml",
      "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: guest\nspec:\n  publicKey: \(key)\n")
    repository.set(
      "orgs/acme/relays/north-2.yaml",
      "apiVersion: wpex.io/v1alpha1\nkind: Relay\nmetadata:\n  name: north-2\nspec:\n  region: eu-north\n"
        + "  port: 30102\n  keys:\n    names: [headquarters, guest]\n" + second)
    return await repository.compile()
  }

  private func tests(_ field: String, _ pair: String) -> String { "  tests:\n    \(field):\n      - [\(pair)]\n" }

  @Test func anyRelayCounts() async throws {
    let connected = tests("mustConnect", "headquarters, guest")
    #expect(try await compile(tests: connected).diagnostics.isEmpty)
    #expect(
      try await compile(tests: connected, second: "  access: []\n").diagnostics.map(\.code) == [.mustConnectFails])
    #expect(
      try await compile(tests: connected, second: "  state: stopped\n").diagnostics.map(\.code) == [.mustConnectFails])
    let apart = tests("mustNotConnect", "headquarters, guest")
    let compilation = try await compile(tests: apart)
    #expect(compilation.diagnostics.map(\.code) == [.mustNotConnectFails])
    #expect(compilation.diagnostics.first?.message.contains("through `north-2`") == true)
    #expect(compilation.diagnostics.first?.primary.location.path == Self.organization)
    #expect(try await compile(tests: apart, second: "  access: []\n").diagnostics.isEmpty)
  }

  /// A key that two others may reach can forward between them.
  @Test func chainsOfRulesCount() async throws {
    let apart = tests("mustNotConnect", "warehouse-1, guest")
    let compilation = try await compile(tests: apart)
    #expect(compilation.diagnostics.map(\.code) == [.mustNotConnectFails])
    #expect(compilation.diagnostics.first?.message.contains("by way of `headquarters`") == true)
    #expect(compilation.diagnostics.first?.related.count == 2)
    #expect(try await compile(tests: apart, first: "  access: []\n").diagnostics.isEmpty)
    #expect(try await compile(tests: apart, second: "  state: stopped\n").diagnostics.isEmpty)
    #expect(
      try await compile(tests: tests("mustConnect", "warehouse-1, guest")).diagnostics.map(\.code)
        == [.mustConnectFails], "they must reach each other by themselves")
  }

  @Test func namesMustExist() async throws {
    let compilation = try await compile(tests: tests("mustConnect", "headquarters, gest"))
    #expect(compilation.diagnostics.map(\.code) == [.unknownKey])
  }
}
