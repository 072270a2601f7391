import ConfigModel
import TestSupport
import Testing

@testable import RuleLanguage

/// Expressions against the schema of the kind that they read.
@Suite struct ExpressionCheckerTests {
  @Test(arguments: [
    (Kind.key, "!has(spec.expires) || spec.expires < '2030-01-01'"),
    (.key, "has(metadata.labels.tier) && metadata.labels.tier in ['gold']"),
    (.key, "'tier' in metadata.labels && has(metadata.labels) && metadata.labels['tier'] == 'gold'"),
    (.key, "!has(spec.site.subnet) || spec.site.subnet.matches(r'^10\\.')"),
    (.relay, "!has(spec.probes) || spec.probes.all(p, !has(p.ping) || p.ping.startsWith('10.'))"),
    (.relay, "!has(spec.replicas) || spec.replicas <= 3"),
    (.relay, "old == null || old.spec.port == spec.port"),
    (.user, "spec.roles.all(r, r != 'admin') && metadata.name.size() > 2"),
    (.organization, "!has(spec.limits.keys) || spec.limits.keys <= 100"),
    (.platform, "spec.regions.all(r, r.publicHost.endsWith('.example'))"),
    (.role, "spec.permissions.exists(p, p == 'audit:read') || metadata.name != 'noc'"),
  ])
  func accepts(_ kind: Kind, _ text: String) throws {
    switch ExpressionChecker.check(text, over: kind) {
    case .success: break
    case .failure(let faults): Issue.record("\(faults)")
    }
  }

  @Test(arguments: [
    (Kind.key, "spec.expire < '2030'", "expire", "Key.spec has no field `expire`", "did you mean `expires`?"),
    (.key, "sepc.alias == 'x'", "sepc", "there is nothing called `sepc` here", "did you mean `spec`?"),
    (.key, "expires < '2030'", "expires", "there is nothing called `expires` here", "did you mean `spec.expires`?"),
    (.key, "has(spec.site.subnets)", "subnets", "Key.spec.site has no field `subnets`", "did you mean `subnet`?"),
    (
      .key, "has(spec.status) && spec.status == 'activ'", "'activ'", "the field is never `activ`",
      "did you mean `active`?"
    ),
    (
      .key, "has(spec.status) && spec.status in ['active', 'gone']", "'gone'", "the field is never `gone`",
      "its values are `active`, `revoked`"
    ),
    (.relay, "spec.port == '30101'", "spec.port == '30101'", "a number never equals a text", ""),
    (.relay, "spec.port < 'x'", "spec.port < 'x'", "a number and a text have no order", ""),
    (.relay, "spec.port", "spec.port", "a rule is true or false, and this is a number", ""),
    (.relay, "spec.port && true", "spec.port", "`&&` joins what is true or false, and this is a number", ""),
    (
      .relay, "spec.region.all(x, true)", "spec.region", "`all` goes through a list or a mapping, and this is a text",
      ""
    ),
    (.relay, "spec.port.startsWith('3')", "spec.port", "`startsWith` examines a text, and this is a number", ""),
    (
      .relay, "spec.region.matches(metadata.name)", "metadata.name", "the pattern of `matches` is written out",
      "write it between quotes, so that it is read once and its cost is known"
    ),
    (
      .relay, "spec.region.matches(r'^(eu|us')", "(", "the group does not end",
      "patterns are those of RE2, without flags, captures and `\\b`"
    ),
    (
      .key, "spec.expires < '2030'", "spec.expires", "a document can be without `spec.expires`",
      "ask first: `!has(spec.expires) || …`, or `has(spec.expires) && …`"
    ),
    (
      .key, "has(metadata.labels) && metadata.labels.tier == 'x'", "metadata.labels.tier",
      "a document can be without `metadata.labels.tier`",
      "ask first: `!has(metadata.labels.tier) || …`, or `has(metadata.labels.tier) && …`"
    ),
    (
      .relay, "has(spec.probes) && spec.probes.all(p, p.ping != 'x')", "p.ping", "a document can be without `p.ping`",
      "ask first: `!has(p.ping) || …`, or `has(p.ping) && …`"
    ),
    (
      .relay, "old.spec.port == spec.port", "old", "`old` is null for a new document",
      "ask first: `old == null || …`, or `old != null && …`"
    ),
    (
      .user, "spec.roles.all(spec, spec == 'x')", "all", "`spec` has a meaning already",
      "choose another name for the variable"
    ),
  ])
  func finds(_ kind: Kind, _ text: String, at part: String, _ message: String, _ help: String) throws {
    guard case .failure(let faults) = ExpressionChecker.check(text, over: kind) else {
      Issue.record("\(text) is accepted")
      return
    }
    let fault = try #require(faults.faults.first)
    #expect(fault.message == message)
    #expect((fault.help ?? "") == help)
    #expect(String(decoding: Array(text.utf8)[fault.range], as: UTF8.self) == part)
    #expect(faults.faults.count == 1)
  }
}
