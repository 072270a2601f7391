import TestSupport
import Testing

@testable import RuleLanguage

/// Patterns: what they match, and that they take no longer than the text is long.
@Suite struct TextPatternTests {
  @Test(arguments: [
    ("", "anything", true),
    ("b", "abc", true),
    ("^b", "abc", false),
    ("c$", "abc", true),
    ("a$", "a\n", false),
    ("^$", "", true),
    ("$^", "", true),
    ("$^", "a", false),
    ("^[a-c]+[^0-9x]$", "abcd", true),
    ("^[a-c]+[^0-9x]$", "abc7", false),
    ("^(a|bc)*d{2,3}$", "abcabcdd", true),
    ("^(a|bc)*d{2,3}$", "abcd", false),
    ("^(?:ab){2}$", "abab", true),
    ("^x{0}y{2,}$", "yyyy", true),
    ("^a.c$", "aéc", true),
    ("^a.c$", "a\nc", false),
    ("^é+$", "ééé", true),
    ("^[^a]$", "\u{1F600}", true),
    (#"^\d+\.\w+\s\S\D\W$"#, "1.a_ xy-", true),
    (#"^[\d.-]+$"#, "1.2-3", true),
    (#"^[]a]+$"#, "]a]", true),
    (#"^a*?b+?$"#, "aab", true),
    (#"\$\^\.\*\(\)\[\]\{\}\|\\"#, "$^.*()[]{}|\\", true),
    ("a{2}", "bab", false),
    ("^(a?){20}a{20}$", "aaaaaaaaaaaaaaaaaaaa", true),
    ("((((){1000}){1000}){1000}){1000}", "x", true),
  ])
  func matches(_ pattern: String, _ text: String, _ expected: Bool) throws {
    let pattern = try TextPattern(pattern)
    #expect(pattern.matches(text) == expected)
    #expect(pattern.matchesByStates(text) == expected)
  }

  @Test(arguments: [
    ("a**", 1), ("*a", 0), ("a{", 1), ("a{3,2}", 1), ("a{1001}", 1), ("(a", 0), ("a)", 1), ("[a", 0), ("[z-a]", 1),
    (#"\b"#, 0), (#"a\"#, 1), ("(?i)a", 0), ("[[:alpha:]]", 1), ("((a{100}){100}){100}", 0), (#"\pL"#, 0), ("é(", 2),
  ])
  func refuses(_ pattern: String, at offset: Int) throws {
    let fault = try #require(throws: PatternFault.self) { _ = try TextPattern(pattern) }
    #expect(fault.range.lowerBound == offset)
    #expect(fault.range.upperBound <= pattern.utf8.count)
  }

  /// Table and states agree on random patterns and texts.
  @Test(arguments: 0..<200)
  func tableAgreesWithStates(_ seed: Int) throws {
    var random = SeededGenerator(UInt64(seed))
    let pieces = ["a", "b", ".", "[ab]", "[^b]", "(a|b)", "(a*b)", "é", "^", "$", "a?", "b+", "(ab){1,2}", "a*?", "|"]
    for _ in 0..<5 {
      let text = (0..<Int.random(in: 1..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "a" }
        .joined()
      let pattern = try TextPattern(text)
      #expect(pattern.hasTable)
      for _ in 0..<20 {
        let subject = (0..<Int.random(in: 0..<7, using: &random))
          .map { _ in ["a", "b", "é", "\n"].randomElement(using: &random) ?? "a" }.joined()
        #expect(pattern.matches(subject) == pattern.matchesByStates(subject), "\(text) in \(subject)")
      }
    }
  }

  /// A pattern whose table would be too large follows its states, and its price says so.
  @Test func largePatternHasNoTable() throws {
    let pattern = try TextPattern("(a|b)*a(a|b){12}$")
    #expect(!pattern.hasTable)
    #expect(pattern.stepsPerScalar > 12)
    #expect(pattern.matches("bbabbbbbbbbbbbb"))
    #expect(!pattern.matches("bbbbbbbbbbbbbbb"))
  }

  /// These take exponential time with backtracking: the test would not end.
  @Test(arguments: ["^(a|a)*b$", "^(a*)*b$", "^(a|aa)+$", "^(.*)(.*)(.*)(.*)x$"])
  func takesNoExponentialTime(_ pattern: String) throws {
    let pattern = try TextPattern(pattern)
    #expect(!pattern.matches(String(repeating: "a", count: 50_000) + "c"))
  }
}
