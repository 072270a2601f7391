import Diagnostics
import Testing
import YAMLSyntax

@Suite struct YAMLParserTests {
  private func parse(_ text: String) -> YAMLParse { YAMLParser.parse(SourceFile(path: "x.yaml", text: text)) }

  /// The bytes that a range covers.
  private func text(_ range: SourceRange, of source: String) -> String {
    String(decoding: Array(source.utf8)[Int(range.start)..<Int(range.end)], as: UTF8.self)
  }

  @Test func rangesCoverNamesAndValues() throws {
    let source = "# é\nname: Zürich # café\nlist:\n  - 'a b'\n  - { x: \"日本\" }\nlast:\n"
    let root = try #require(parse(source).documents.first?.root)
    let members = try #require(root.mapping)
    #expect(members.map { text($0.nameRange, of: source) } == ["name", "list", "last"])
    #expect(text(members[0].value.range, of: source) == "Zürich")
    let list = try #require(members[1].value.sequence)
    #expect(text(list[0].range, of: source) == "'a b'")
    #expect(text(list[1].range, of: source) == "{ x: \"日本\" }")
    #expect(text(try #require(list[1]["x"]).range, of: source) == "\"日本\"")
    #expect(text(members[1].value.range, of: source).hasSuffix("}"))
    #expect(members[2].value.range.start == UInt32(source.utf8.count - 1))
  }

  @Test func byteOrderMarkAndCarriageReturns() throws {
    let source = "\u{FEFF}a: 1\r\nb: |\r\n  x\r\n  y\r\n"
    let parse = parse(source)
    #expect(parse.diagnostics.isEmpty)
    let root = try #require(parse.documents.first?.root)
    #expect(text(try #require(root.member("a")).nameRange, of: source) == "a")
    #expect(root["b"]?.scalar?.text == "x\ny\n")
  }

  @Test func documentsOfCommentsDeclareNothing() {
    #expect(parse("# nothing\n").documents.isEmpty)
    #expect(parse("---\n# nothing\n---\na: 1\n---\n").documents.count == 1)
    #expect(parse("").documents.isEmpty)
  }

  @Test(arguments: [
    ("a: 1\na: 2\n", "WPX1106", 2, 1), ("a: &x 1\n", "WPX1107", 1, 4), ("a: *x\n", "WPX1107", 1, 4),
    ("a:\n  <<: {b: 1}\n", "WPX1108", 2, 3), ("a: !t 1\n", "WPX1109", 1, 4), ("a:\n  ? [b]\n  : c\n", "WPX1110", 2, 5),
    ("a:\n\tb: 1\n", "WPX1105", 2, 1), ("a: \"b\n", "WPX1113", 2, 1), ("%YAML 1.2\n---\na: 1\n", "WPX1114", 1, 1),
    ("a: b\u{2029}\n", "WPX1103", 1, 5), ("é: \u{2067}b\n", "WPX1104", 1, 4), ("a: b\u{1}\n", "WPX1102", 1, 5),
    ("a: b # c\r  d: 1\n", "WPX1103", 1, 9), ("a: 1\rb: 2\r", "WPX1103", 1, 5), ("a: 1\n# x\r", "WPX1103", 2, 4),
    ("a: \"x\ry\"\n", "WPX1103", 1, 6), ("a: 1\r\r\nb: 2\r\n", "WPX1103", 1, 5), ("a: b\u{B}\n", "WPX1102", 1, 5),
    ("a: b\u{C}\n", "WPX1102", 1, 5),
  ])
  func refusesAt(_ source: String, _ code: String, _ line: Int, _ column: Int) throws {
    let parse = parse(source)
    let diagnostic = try #require(parse.diagnostics.first { $0.code.rawValue == code }, "\(parse.diagnostics)")
    let position = SourceFile(path: "x.yaml", text: source).lineTable()
      .position(at: Int(diagnostic.primary.location.range.start))
    #expect(position == SourcePosition(line: line, column: column))
  }

  @Test func tabsInsideTextAreText() {
    #expect(parse("a: |\n  x\n  \ty\nb: \"x\n\ty\"\n").diagnostics.isEmpty)
    #expect(parse("a: x\ty # comment\n").diagnostics.isEmpty)
  }

  @Test func theDocumentsBeforeAFaultAreKept() {
    let parse = parse("a: 1\n---\nb: [\n---\nc: 1\n")
    #expect(parse.documents.count == 1 && !parse.diagnostics.isEmpty)
  }

  @Test func severalFaultsAreReportedAtOnce() {
    let codes = parse("a: !t 1\na: 2\nb: *c\nd: &e 1\n").diagnostics.map(\.code.rawValue)
    #expect(codes == ["WPX1109", "WPX1106", "WPX1107", "WPX1107"])
  }

  @Test(arguments: [
    ("", ResolvedScalar.null), ("~", .null), ("null", .null), ("Null", .null), ("nUll", .string("nUll")),
    ("true", .bool(true)), ("False", .bool(false)), ("yes", .string("yes")), ("no", .string("no")),
    ("on", .string("on")), ("off", .string("off")), ("1:20", .string("1:20")), ("0o17", .integer(15)),
    ("0x1F", .integer(31)), ("017", .integer(17)), ("+1", .integer(1)), ("-0", .integer(0)), (".5", .number(0.5)),
    ("1.", .number(1)), ("1e3", .number(1_000)), ("1e", .string("1e")), ("-.inf", .number(-.infinity)),
    ("2026-11-23", .string("2026-11-23")), ("0o8", .string("0o8")), ("0x-1", .string("0x-1")),
    ("1_000", .string("1_000")),
    ("99999999999999999999", .number(1e20)), (".", .string(".")), ("+", .string("+")),
  ])
  func coreSchema(_ text: String, _ expected: ResolvedScalar) {
    #expect(YAMLScalar(text: text, style: .plain).resolved == expected)
    #expect(YAMLScalar(text: text, style: .doubleQuoted).resolved == .string(text))
  }

  /// Whatever the bytes are: no trap, and every range lies inside the file.
  @Test func mutatedFilesNeverTrap() {
    let seeds = [
      "a: 1\nb:\n  - x: 'y'\n    z: [1, {q: \"w\"}]\n  - |\n    text\n---\nc: >-\n  folded\n",
      "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata: {name: é}\nspec:\n  alias: \"日本\\u2028\"\n",
    ]
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("\t\n\r \"'#&*!|>%@`[]{},:?-.0aé\u{2028}\u{0}".utf8) + [0xFF, 0xC3, 0xE2, 0x80]
    for _ in 0..<3_000 {
      var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
        default: bytes[index] = alphabet.randomElement(using: &random) ?? 0
        }
        if bytes.isEmpty { bytes = [0x61] }
      }
      let parse = YAMLParser.parse(SourceFile(path: "x.yaml", bytes: bytes))
      for document in parse.documents { check(document.root, in: bytes) }
      for diagnostic in parse.diagnostics {
        #expect(Int(diagnostic.primary.location.range.end) <= bytes.count, "\(bytes)")
      }
    }
  }

  private func check(_ node: YAMLNode, in bytes: [UInt8]) {
    #expect(node.range.start <= node.range.end && Int(node.range.end) <= bytes.count, "\(bytes)")
    for element in node.sequence ?? [] { check(element, in: bytes) }
    for member in node.mapping ?? [] { check(member.value, in: bytes) }
  }
}
