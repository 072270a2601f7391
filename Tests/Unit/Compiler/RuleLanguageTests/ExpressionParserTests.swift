import ConfigModel
import TestSupport
import Testing

@testable import RuleLanguage

/// Expressions from text to tree and back.
@Suite struct ExpressionParserTests {
  @Test(arguments: [
    ("a || b && c", "a || b && c"),
    ("(a || b) && c", "(a || b) && c"),
    ("!a == b", "!a == b"),
    ("!(a == b)", "!(a == b)"),
    ("a == b == c", "a == b == c"),
    ("a == (b == c)", "a == (b == c)"),
    ("a ? b : c ? d : e", "a ? b : c ? d : e"),
    ("(a ? b : c) ? d : e", "(a ? b : c) ? d : e"),
    ("spec.port in [1, 0x2, -3,]", "spec.port in [1, 2, -3]"),
    ("metadata.labels['tier'].size() <= 1.5e1", "size(metadata.labels[\"tier\"]) <= 15.0"),
    (
      "spec.probes.all(p, has(p.ping) && p.ping.startsWith(r'10\\.'))",
      #"spec.probes.all(p, has(p.ping) && p.ping.startsWith("10\\."))"#
    ),
    ("// a remark\n'it\\x27s' != \"\\u00e9\\n\"", #""it's" != "é\n""#),
    ("[].filter(x, true) == []", "[].filter(x, true) == []"),
  ])
  func parses(_ text: String, _ expected: String) throws {
    #expect(try ExpressionParser.parse(text).description == expected)
  }

  /// Each mistake is found where it is.
  @Test(arguments: [
    ("", 0, "the expression is empty"),
    ("spec.port = 1", 10, "`=` is not part of this language"),
    ("spec.port + 1 > 2", 10, "`+` is not part of this language"),
    ("spec.port == ", 13, "the expression ends too early"),
    ("(spec.port == 1", 15, "expected `)` to close the bracket"),
    ("spec.alias == 'x", 14, "the text does not end"),
    ("spec.alias == '''x'''", 14, "texts have one quote at each end"),
    ("spec.alias == '\\d'", 15, "a text has no such escape"),
    ("spec.alias == b'x'", 14, "bytes are not part of this language"),
    ("spec.port == 1u", 14, "a number ends with a digit"),
    ("spec.port == 99999999999999999999", 13, "the number does not fit into 64 bits"),
    ("has(spec)", 0, "`has` takes one field"),
    ("spec.alias.beginsWith('x')", 11, "`beginsWith` is not a function"),
    ("spec.alias.startsWith()", 11, "`startsWith` takes one argument"),
    ("startsWith('x')", 0, "`startsWith` comes after a value and a point"),
    ("spec.keys.all(true)", 14, "`all` takes a variable and a condition"),
    ("spec.port 1", 10, "expected an operator or the end"),
    ("spec.1", 4, "expected an operator or the end"),
    ("-spec.port < 0", 0, "`-` is only part of a number"),
    ("while", 0, "`while` is a reserved word"),
    ("{'a': 1} == spec", 0, "`{` is not part of this language"),
  ])
  func finds(_ text: String, at offset: Int, _ message: String) throws {
    let fault = try #require(throws: ExpressionFault.self) { try ExpressionParser.parse(text) }
    #expect(fault.message == message)
    #expect(fault.range.lowerBound == offset)
  }

  @Test(arguments: [
    String(repeating: "(", count: 33) + "true" + String(repeating: ")", count: 33),
    String(repeating: "!", count: 33) + "true",
    "[" + (0...1_000).map(String.init).joined(separator: ",") + "]",
    String(repeating: " ", count: 4_097),
    "l.all(a, l.all(b, l.all(c, l.all(d, true))))",
    String(repeating: "a ? b : ", count: 40) + "c",
  ])
  func hasLimits(_ text: String) {
    #expect(throws: ExpressionFault.self) { try ExpressionParser.parse(text) }
  }

  /// The text of an expression parses to the same expression.
  @Test(arguments: 0..<400)
  func roundTrip(_ seed: Int) throws {
    var generator = GeneratedExpressions(seed: seed)
    let text = generator.next().description
    #expect(try ExpressionParser.parse(text).description == text)
  }

  /// No text makes the parser trap, and a mistake lies in its text.
  @Test(arguments: 0..<300)
  func readsAnything(_ seed: Int) {
    var generator = GeneratedExpressions(seed: seed)
    var bytes = Array(generator.next().description.utf8)
    for _ in 0..<Int.random(in: 1..<8, using: &generator.random) {
      let position = Int.random(in: 0...bytes.count, using: &generator.random)
      let byte = UInt8.random(in: 0...255, using: &generator.random)
      if Bool.random(using: &generator.random) || position == bytes.count {
        bytes.insert(byte, at: position)
      } else {
        bytes[position] = byte
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    switch ExpressionChecker.check(text, over: .relay) {
    case .success(let expression): #expect(expression.range.upperBound <= text.utf8.count)
    case .failure(let faults):
      for fault in faults.faults { #expect(fault.range.lowerBound <= text.utf8.count) }
    }
  }
}
