import ConfigModel
import Testing

@testable import LanguageServer

@Suite struct RuleExpressionDraftTests {
  private func draft(_ text: String) -> RuleExpressionDraft? {
    let parts = text.split(separator: "‸", omittingEmptySubsequences: false)
    return RuleExpressionDraft(EditorText(Array(parts.joined().utf8)), at: parts[0].utf8.count, fallback: .platform)
  }

  @Test(arguments: [
    ("    - kind: Relay\n      expression: spec.‸", "spec.", Kind.relay),
    ("    - kind: \"Key\" # these\n      text: x\n      expression: \"has(spec.si‸)\"", "has(spec.si", .key),
    ("    - expression: 'a == ''b‸\n      kind: User", "a == 'b", .user),
    ("    - expression: \"a == \\\"b‸\"\n    - kind: User", "a == \"b", nil),
    (
      "    - kind: Key\n      expression: |\n        has(spec.site) &&\n          spec.‸",
      "\n        has(spec.site) &&\n          spec.", .key
    ),
    ("    - { kind: Role, expression: \"spec.‸\" }", "spec.", .role),
    ("    - kind: Key\n      expression: ‸", "", .key),
  ])
  func isFound(_ rule: String, _ text: String, _ kind: Kind?) throws {
    let found = try #require(draft("kind: Platform\nspec:\n  rules:\n\(rule)"))
    #expect(found.text == text && found.kind == kind)
  }

  @Test(arguments: [
    "kind: Platform\nspec:\n  rules:\n    - kind: Key\n      text: |\n        a‸",
    "kind: Platform\nspec:\n  rules:\n    - kind: Key\n      text: a‸",
    "kind: Key\nspec:\n  rules:\n    - expression: a‸",
    "kind: Platform\nspec:\n  rules:\n    - expression: |‸",
    "kind: Platform\nspec:\n  rules:\n    - expression: a # b‸",
  ])
  func isNowhereElse(_ text: String) { #expect(draft(text) == nil) }
}
