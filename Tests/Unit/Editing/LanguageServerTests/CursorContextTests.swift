import ConfigModel
import LanguageServer
import Testing

@Suite struct CursorContextTests {
  /// The context at `‸`.
  private func context(_ text: String, _ fallback: Kind? = nil) -> CursorContext? {
    let parts = text.split(separator: "‸", omittingEmptySubsequences: false)
    let offset = parts[0].utf8.count
    return CursorContext(EditorText(Array(parts.joined().utf8)), at: offset, fallback: fallback)
  }

  @Test(arguments: [
    ("‸", [], CursorContext.Role.name, ""),
    ("spec:\n  ‸", ["spec"], .name, ""),
    ("spec:\n  re‸", ["spec"], .name, "re"),
    ("spec:\n  re‸gion: x", ["spec"], .name, "region"),
    ("spec:\n  region: ‸", ["spec", "region"], .value, ""),
    ("spec:\n  region:‸", ["spec", "region"], .value, ""),
    ("spec:\n  region: eu‸-south # why", ["spec", "region"], .value, "eu-south"),
    ("spec:\n  keys:\n    names: [a, ‸", ["spec", "keys", "names"], .element, ""),
    ("spec:\n  keys:\n    names: [a, b‸c]", ["spec", "keys", "names"], .element, "bc"),
    ("spec:\n  keys:\n    names:\n      - ‸", ["spec", "keys", "names"], .element, ""),
    ("spec:\n  keys:\n    names:\n    - a\n    - b‸", ["spec", "keys", "names"], .element, "b"),
    ("spec:\n  keys: { names: [x], sel‸", ["spec", "keys"], .name, "sel"),
    (
      "spec:\n  keys: { selector: { matchLabels: { network: ‸ } } }",
      ["spec", "keys", "selector", "matchLabels", "network"], .value, ""
    ),
    ("spec:\n  keys:\n    names: [a,\n      ‸", ["spec", "keys", "names"], .element, ""),
    ("spec:\n  probes:\n    - name: a\n      ‸", ["spec", "probes"], .name, ""),
    ("spec:\n  probes:\n    - na‸", ["spec", "probes"], .element, "na"),
    ("spec:\n  probes:\n    - na‸me: x", ["spec", "probes"], .name, "name"),
    ("spec:\n  tests:\n    mustConnect:\n      - [a, ‸]", ["spec", "tests", "mustConnect"], .element, ""),
    ("metadata:\n  name: a\nspec:\n  a: |\n    text\n  b‸", ["spec"], .name, "b"),
    ("metadata:\n  name: \"a‸b\"", ["metadata", "name"], .value, "ab"),
    ("a: 1\n---\nspec:\n  po‸", ["spec"], .name, "po"),
    ("spec:\n  permissions: [relays:re‸ad]", ["spec", "permissions"], .element, "relays:read"),
    ("spec:\n  permissions:\n    - relays:re‸ad", ["spec", "permissions"], .element, "relays:read"),
    ("spec:\n  x: [unclosed\n  y: ‸", ["spec", "x"], .element, ""),
  ])
  func places(_ text: String, _ path: [String], _ role: CursorContext.Role, _ word: String) throws {
    let found = try #require(context(text))
    #expect(found.path == path)
    #expect(found.role == role)
    #expect(found.word == word)
  }

  @Test(arguments: ["# com‸ment", "spec:\n  a: |\n    te‸xt", "a: 1 # b‸", "spec: { a: 1 } # ‸"])
  func nothingIsOfferedInCommentsAndScalars(_ text: String) { #expect(context(text) == nil) }

  @Test func theKindIsTheDocumentsOwn() {
    #expect(context("kind: Key\n---\nkind: Relay\nspec:\n  ‸")?.kind == .relay)
    #expect(context("kind: ‸", .key)?.kind == .key)
    #expect(context("spec:\n  ‸\nkind: \"Role\" # late")?.kind == .role)
  }

  @Test func siblingsAreKnown() {
    #expect(context("spec:\n  a: 1\n  ‸\n  b:\n    c: 1\nother: 1")?.siblings == ["a", "b"])
    #expect(context("spec:\n  l:\n    - x: 1\n    - y: 1\n      ‸\n    - z: 1")?.siblings == ["y"])
    #expect(context("spec: { a: 1, b: 2, ‸ }")?.siblings == ["a", "b"])
  }

  /// Whatever bytes are typed, every place of them can be asked for.
  @Test func noTextIsTooStrange() {
    var random = SystemRandomNumberGenerator()
    let pieces = [
      "a", ":", " ", "\n", "- ", "[", "]", "{", "}", ",", "\"", "'", "#", "|", "\r", "\t", "é", "---\n", "kind: Key\n",
      "  ",
    ]
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      let bytes = Array(text.utf8)
      let editor = EditorText(bytes)
      for offset in 0...bytes.count {
        guard let found = CursorContext(editor, at: offset, fallback: .relay) else { continue }
        #expect(found.token.lowerBound >= 0 && found.token.upperBound <= bytes.count)
      }
    }
  }
}
