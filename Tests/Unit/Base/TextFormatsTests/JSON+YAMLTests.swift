import TextFormats
import Testing

@Suite("JSON as YAML")
struct YAMLWritingTests {
  @Test(
    "a string stands bare only where every reader takes it for a string",
    arguments: [
      ("relay", "relay"), ("a b", "a b"), ("wpex.io/org", "wpex.io/org"), ("ghcr.io/wpex/relay:1.0", nil),
      ("10.0.0.0/8", nil), ("64Mi", nil), ("100m", nil), ("--listen=:51820", nil), ("-v", nil), ("a#b", nil),
      ("/healthz", nil), ("it's", nil), ("grün", nil), ("a, b [c]", nil), ("sha256:0a", nil),
      ("", #""""#), ("no", #""no""#), ("Yes", #""Yes""#), ("ON", #""ON""#), ("y", #""y""#), ("~", #""~""#),
      ("null", #""null""#), ("true", #""true""#), (".inf", #"".inf""#), ("-.Inf", #""-.Inf""#), (".NaN", #"".NaN""#),
      ("1", #""1""#), ("-1", #""-1""#), ("1.28", #""1.28""#), ("1e3", #""1e3""#), ("1_000", #""1_000""#),
      ("0x1F", #""0x1F""#), ("0o17", #""0o17""#), ("017", #""017""#), ("0b11", #""0b11""#), ("1:20", #""1:20""#),
      ("190:20:30.15", #""190:20:30.15""#), ("2001-12-14", #""2001-12-14""#), (".5", #"".5""#), ("+1", #""+1""#),
      ("2001-12-14t21:59:43.10-05:00", #""2001-12-14t21:59:43.10-05:00""#), ("10.0.0.1", #""10.0.0.1""#),
      ("<<", #""<<""#), ("=", #""=""#), ("-", #""-""#), ("- a", #""- a""#), ("---", #""---""#), ("--- a", #""--- a""#),
      ("...", #""...""#), ("? a", #""? a""#), (": a", #"": a""#), ("!tag", #""!tag""#), ("&anchor", #""&anchor""#),
      ("*alias", #""*alias""#), ("%YAML", #""%YAML""#), ("@at", #""@at""#), ("`tick", #""`tick""#), ("|", #""|""#),
      (">", #"">""#), ("'a'", #""'a'""#), ("\"a\"", #""\"a\"""#), ("{a}", #""{a}""#), ("[a]", #""[a]""#),
      ("#a", ##""#a""##), ("a: b", #""a: b""#), ("a:", #""a:""#), ("a #b", #""a #b""#), (" a", #"" a""#),
      ("a ", #""a ""#), ("a\tb", #""a\tb""#), ("\\", #""\\""#), ("\0", #""\u0000""#), ("a\u{85}b", #""a\u0085b""#),
      ("a\u{2028}b", #""a\u2028b""#), ("a\u{202E}b", #""a\u202Eb""#), ("\u{FEFF}a", #""\uFEFFa""#),
      ("a\u{E0001}", #""a\U000E0001""#), ("a\rb", #""a\rb""#), ("\n", #""\n""#), ("a\n\n", #""a\n\n""#),
      (" a\nb", #"" a\nb""#), ("a \nb", #""a \nb""#), ("\na", #""\na""#), ("a\n\tb", #""a\n\tb""#),
    ] as [(String, String?)])
  func quotes(_ text: String, written: String?) {
    #expect(JSON.string(text).yaml().unicodeScalars.elementsEqual(((written ?? text) + "\n").unicodeScalars))
    #expect(JSON.object([text: 1]).yaml().unicodeScalars.elementsEqual(((written ?? text) + ": 1\n").unicodeScalars))
  }

  @Test(
    "layout",
    arguments: [
      ([:], "{}\n"), ([], "[]\n"), (.null, "null\n"), (.number(1e20), "1.0e+20\n"), (.number(.infinity), "null\n"),
      (["b": 1, "a": [:], "c": []], "b: 1\na: {}\nc: []\n"),
      (["a": ["b": ["c": true]]], "a:\n  b:\n    c: true\n"),
      (["a": ["x", ["b": 1, "c": ["z"]]], "d": 1], "a:\n- x\n- b: 1\n  c:\n  - z\nd: 1\n"),
      ([["a", ["b", []]], [:]], "- - a\n  - - b\n    - []\n- {}\n"),
      (["a": "x\ny\n", "b": "x\n\n  y"], "a: |\n  x\n  y\nb: |-\n  x\n\n    y\n"),
      (["a": ["x\ny"]], "a:\n- |-\n  x\n  y\n"), ("x\ny\n", "|\n  x\n  y\n"),
    ] as [(JSON, String)])
  func layout(_ value: JSON, text: String) {
    #expect(value.yaml() == text)
  }

  @Test("a key too long for a simple key stands after a question mark")
  func longKey() throws {
    let key = String(repeating: "k", count: 2000)
    let value: JSON = ["a": .object([key: ["b": [1, 2]], "c": 1])]
    #expect(value.yaml() == "a:\n  ? \(key)\n  : b:\n    - 1\n    - 2\n  c: 1\n")
    try expectReadBack([value, .object([key: [1, "x\ny"]]), .object([key: "x\ny\n"])])
  }

  @Test("PyYAML reads back every short text of the characters that mean something")
  func everyShortText() throws {
    let characters = [
      "", "-", ":", " ", "#", "0", "1", ".", "e", "+", "_", "x", "?", "\n", "\"", "'", "\\", "~", "|", "\t",
    ]
    var values: [JSON] = []
    for first in characters {
      for second in characters {
        for third in characters {
          let text = first + second + third
          values.append([.string(text), .object([text: .string(text)])])
        }
      }
    }
    try expectReadBack(values)
  }

  @Test("PyYAML reads back random values", arguments: [1, 2, 3] as [UInt64])
  func randomValues(seed: UInt64) throws {
    var source = RandomValues(state: seed)
    try expectReadBack((0..<1500).map { _ in source.value(depth: 3) })
  }

  @Test("the comparison sees a difference that only a resolver makes")
  func comparisonCanFail() throws {
    let read = try PythonReader.read(["no\n", "1:20\n", "2001-12-14\n", "'no'\n", "\"e\u{301}\"\n"])
    #expect(read[0] == .bool(false))
    #expect(read[1] == 80)
    #expect(read[2]["python"]?.text?.contains("2001") == true)
    #expect(isSame(read[3], "no"))
    #expect(!isSame(read[4], "é"))
  }
}

/// Expects PyYAML to read each of `values` back from its YAML, and compares strings by code point.
private func expectReadBack(_ values: [JSON], sourceLocation: SourceLocation = #_sourceLocation) throws {
  let texts = values.map { $0.yaml() }
  let read = try PythonReader.read(texts)
  for (index, value) in values.enumerated() where !isSame(read[index], value) {
    Issue.record(
      "\(value.text()) became \(read[index].text()) through:\n\(texts[index])", sourceLocation: sourceLocation)
  }
}

private func isSame(_ read: JSON, _ written: JSON) -> Bool {
  // What was read comes with its members in another order; canonical text is also exact where String's == is not.
  switch (read, written) {
  case (.object(let read), .object(let written)):
    read.pairs.count == written.pairs.count
      && written.pairs.allSatisfy { pair in
        read.pairs.contains { $0.name.utf8.elementsEqual(pair.name.utf8) && isSame($0.value, pair.value) }
      }
  case (.array(let read), .array(let written)):
    read.count == written.count && zip(read, written).allSatisfy { isSame($0, $1) }
  case (.string(let read), .string(let written)): read.utf8.elementsEqual(written.utf8)
  case (.integer(let read), .number(let written)): Double(read) == written
  default: read == written
  }
}
