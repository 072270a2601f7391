import Diagnostics
import TestSupport
import Testing
import YAMLSyntax

@testable import RuleLanguage

/// Values, faults and the fields that decide.
@Suite struct RuleEvaluatorTests {
  static let document = """
    metadata:
      name: milan-1
      labels: { tier: gold, "a/b": x }
    spec:
      port: 30101
      rate: 1.5
      replicas: 2
      enabled: true
      alias: Mälanö
      region: eu-south
      probes:
        - name: core
          ping: 10.0.0.1
        - name: web
      ports: [80, 443]
    """

  static func node(_ text: String) throws -> YAMLNode {
    try #require(YAMLParser.parse(SourceFile(path: "x.yaml", text: text)).documents.first?.root)
  }

  private func value(_ text: String, old: String? = nil) throws -> RuleValue {
    let expression = try ExpressionChecker.check(text, over: nil).get()
    return RuleSet([expression]).value(of: 0, in: try Self.node(Self.document), old: try old.map(Self.node))
  }

  @Test(arguments: [
    "spec.port == 30101", "spec.port == 30101.0", "spec.rate < 2", "2 > spec.rate", "spec.port != '30101'",
    "spec.alias.size() == 6", "spec.alias.startsWith('Mä')", "spec.alias.endsWith('ö')", "spec.alias.contains('lan')",
    "spec.alias.matches('^M.l')", "'a' < 'b' && 'B' < 'a' && 'z' < 'ä'", "false < true",
    "metadata.labels.tier in ['gold', 'silver']", "'tier' in metadata.labels", "!('size' in metadata.labels)",
    "has(metadata.labels.tier) && !has(metadata.labels.size) && !has(spec.site.region)",
    "metadata.labels['a/b'] == 'x'", "spec.ports[1] == 443", "spec.ports == [80, 443]", "[80, 443.0] == spec.ports",
    "spec.ports.all(p, p > 79)", "spec.ports.exists(p, p == 443)", "spec.ports.filter(p, p > 100) == [443]",
    "spec.probes.all(p, p.name.size() > 0)", "spec.probes.exists(p, has(p.ping))",
    "metadata.labels.all(k, k in ['tier', 'a/b'])", "size(metadata.labels) == 2", "metadata.labels == metadata.labels",
    "spec.probes.exists(p, spec.ports.exists(q, q == 80 && p.name == 'web'))",
    "spec.replicas > 1 ? spec.enabled : false", "old == null", "[].all(x, false) && ![].exists(x, true)",
    "9007199254740993 > 9007199254740992.0", "-1 < 0 && 0x10 == 16",
    // What the other side cannot have does not matter.
    "true || spec.nothing", "spec.nothing || true", "!(false && spec.nothing)", "!(spec.nothing && false)",
    "spec.probes.exists(p, p.ping == '10.0.0.1' || p.nothing)", "!spec.ports.all(p, p == 443 && p.x == 1)",
    "true ? true : spec.nothing",
  ])
  func isTrue(_ text: String) throws {
    guard case .bool(true) = try value(text) else {
      Issue.record("\(text) is \(try value(text))")
      return
    }
  }

  @Test(arguments: [
    ("spec.nothing == 1", RuleFault.missing("spec.nothing")),
    ("spec.port.x == 1", .missing("spec.port.x")),
    ("spec.ports[2] == 1", .missing("[2]")),
    ("spec.port < 'a'", .wrongType("a number and a text have no order")),
    ("spec.port.startsWith('3')", .wrongType("a text is needed, not a number")),
    ("spec.port && true", .wrongType("true or false is needed, not a number")),
    ("!spec.alias", .wrongType("true or false is needed, not a text")),
    ("1 in spec.port", .wrongType("`in` needs a list or a mapping on its right, not a number")),
    ("spec.port.all(p, true)", .wrongType("a list or a mapping is needed, not a number")),
    ("size(spec.port) == 1", .wrongType("a number has no size")),
    ("old.spec.port == 1", .missing("old.spec.port")),
    ("spec.probes.all(p, p.ping == '10.0.0.1')", .missing("ping")),
  ])
  func hasNoValue(_ text: String, _ expected: RuleFault) throws {
    guard case .fault(let fault) = try value(text) else {
      Issue.record("\(text) is \(try value(text))")
      return
    }
    #expect(fault == expected)
  }

  @Test func comparesWithTheDocumentBefore() throws {
    let old = "spec: { port: 30100 }"
    for text in ["old != null && old.spec.port < spec.port", "has(old.spec.port) && !has(old.metadata)"] {
      guard case .bool(true) = try value(text, old: old) else {
        Issue.record("\(text)")
        continue
      }
    }
  }

  /// However large the document, an evaluation ends after a bounded number of steps, and says so.
  @Test(arguments: [
    "spec.l.all(a, spec.l.all(b, spec.l.all(c, a <= 2000)))", "spec.l.filter(a, !(a in spec.l)) == []",
    "spec.t.contains(spec.t) && spec.t.matches('(a|b)*a(a|b){12}$')", "spec.l.all(a, spec.t.size() > 0)",
    "spec.l.all(a, spec.l == spec.l)",
  ])
  func costIsBounded(_ text: String) throws {
    let list = (0..<2_000).map(String.init).joined(separator: ",")
    let root = try Self.node("spec:\n  l: [\(list)]\n  t: \(String(repeating: "ab", count: 50_000))\n")
    let expression = try ExpressionChecker.check(text, over: nil).get()
    let outcome = try #require(RuleSet([expression]).outcome(of: 0, in: root))
    #expect(outcome.fault == .tooCostly)
  }

  /// The fields that decide, the last of which a diagnostic points at.
  @Test(arguments: [
    ("spec.port == 1 && spec.replicas == 2", ["spec.port"]),
    ("spec.port == 30101 && spec.replicas == 1", ["spec.replicas"]),
    ("spec.port == 1 || spec.replicas == 1", ["spec.port", "spec.replicas"]),
    ("!has(spec.port) || spec.port < 5", ["spec.port"]),
    ("has(spec.site.region)", ["spec.site"]),
    ("spec.ports.all(p, p < 100)", ["spec.ports[1]"]),
    ("spec.ports.exists(p, p == 1)", ["spec.ports"]),
    ("spec.probes.all(p, has(p.ping))", ["spec.probes[1].ping"]),
    ("!spec.probes.exists(p, p.name == 'web')", ["spec.probes[1].name"]),
    ("metadata.labels.all(k, k == 'tier')", ["metadata.labels.a/b"]),
    ("spec.ports[0] == 81", ["spec.ports[0]"]),
    ("spec.replicas > 1 ? spec.rate > 2 : true", ["spec.replicas", "spec.rate"]),
    ("spec.nothing > 1", ["spec.nothing"]),
    ("1 == 2", []),
  ])
  func pointsAt(_ text: String, _ expected: [String]) throws {
    let expression = try ExpressionChecker.check(text, over: nil).get()
    let outcome = try #require(RuleSet([expression]).outcome(of: 0, in: try Self.node(Self.document)))
    #expect(outcome.reads.map(\.text) == expected)
  }

  /// Rules share the fields that they read; each has the same outcome as alone.
  @Test(arguments: 0..<60)
  func togetherAsAlone(_ seed: Int) throws {
    var generator = GeneratedExpressions(seed: seed)
    let root = try Self.node(Self.document)
    let expressions = (0..<20).compactMap { _ in
      try? ExpressionChecker.check(generator.next().description, over: nil).get()
    }
    let together = Set(RuleSet(expressions).failures(in: root))
    for (index, expression) in expressions.enumerated() {
      let alone = RuleSet([expression])
      #expect(alone.failures(in: root).isEmpty != together.contains(index), "\(expression)")
      // Recording the fields changes no outcome.
      #expect((alone.outcome(of: 0, in: root) == nil) != together.contains(index), "\(expression)")
    }
  }
}
