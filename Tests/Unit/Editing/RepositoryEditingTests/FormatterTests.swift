import Diagnostics
import RepositoryEditing
import TestSupport
import Testing
import YAMLSyntax

@Suite struct FormatterTests {
  private func format(_ text: String) -> String? {
    switch Formatter.format(SourceFile(path: "x.yaml", text: text)) {
    case .unchanged: text
    case .formatted(let bytes): String(decoding: bytes, as: UTF8.self)
    case .faulty, .kept: nil
    }
  }

  @Test(arguments: [
    ("a:   1\n", "a: 1\n"),
    ("a:\n    b: 1\n    c:\n        d: 2\n", "a:\n  b: 1\n  c:\n    d: 2\n"),
    ("a:\n- x\n-   y\n", "a:\n  - x\n  - y\n"),
    ("a:\n- b: 1\n  c: 2\n", "a:\n  - b: 1\n    c: 2\n"),
    ("a: 1   \nb: 2\n\n\n\nc: 3\n\n", "a: 1\nb: 2\n\nc: 3\n"),
    // Line ends are the checkout's: they stay, and those of most lines win.
    ("a: 1\r\nb: 2", "a: 1\r\nb: 2\r\n"), ("a:   1\r\nb:\r\n- 2\r\n", "a: 1\r\nb:\r\n  - 2\r\n"),
    ("a: 1\r\nb: 2\r\nc: 3\n", "a: 1\r\nb: 2\r\nc: 3\r\n"), ("a: 1\r\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\n"),
    ("a: 1\r\nb: 2\n", "a: 1\nb: 2\n"), ("a: |\r\n      x\r\n\r\n\r\nb: 1\r\n", "a: |\r\n  x\r\n\r\n\r\nb: 1\r\n"),
    ("a:\n    # about b\n    b: 1 # why\n", "a:\n  # about b\n  b: 1 # why\n"),
    ("a: |\n      text\n        more\n\nb: 1\n", "a: |\n  text\n    more\n\nb: 1\n"),
    ("a:\n    b: >-\n          folded\n          text\n", "a:\n  b: >-\n    folded\n    text\n"),
    ("# head\n---\na: 1\n---\n# tail\nb: 2\n", "# head\n---\na: 1\n---\n# tail\nb: 2\n"),
    ("a: {x:   1,   y: [1,2]}\n", "a: {x:   1,   y: [1,2]}\n"),
    ("a:\n    b: [1,\n        2]\n", "a:\n  b: [1,\n      2]\n"),
    // Comments at a block's end.
    ("a:\n  b:\n    - [x, y]\n  # c: 2\n", "a:\n  b:\n    - [x, y]\n  # c: 2\n"),
    ("a:\n  - x\n  # - y\nb: 1\n", "a:\n  - x\n  # - y\nb: 1\n"),
    ("a:\n    b: 1\n    # c: 2\nd: 3\n", "a:\n  b: 1\n  # c: 2\nd: 3\n"),
    ("a:\n-   b: 1\n    # c: 2\n", "a:\n  - b: 1\n    # c: 2\n"),
    ("a:\n    - b: |\n          text\n        # after\nc: 1\n", "a:\n  - b: |\n      text\n     # after\nc: 1\n"),
    ("a: 1\n---\nb:\n    c: 1\n    # d\n---\ne: 1\n", "a: 1\n---\nb:\n  c: 1\n  # d\n---\ne: 1\n"),
    ("a:\n    b:\n        c: 1\n\n        # d: 2\n    # e: 3\n", "a:\n  b:\n    c: 1\n\n    # d: 2\n  # e: 3\n"),
    ("a:\n  b: 1\n# c\n", "a:\n  b: 1\n# c\n"), ("a: 'it''s'\nb: \"\\u00e9\"\n", "a: 'it''s'\nb: \"\\u00e9\"\n"),
  ])
  func layout(_ source: String, _ expected: String) {
    #expect(format(source) == expected)
  }

  @Test func faultsAreReported() {
    guard case .faulty(let diagnostics) = Formatter.format(SourceFile(path: "x.yaml", text: "a: [")) else {
      Issue.record("a file with a syntax error must be refused")
      return
    }
    #expect(!diagnostics.isEmpty)
  }

  /// Whatever line is commented out, it stays where it can be taken up again.
  @Test(arguments: ["orgs/acme/relays/milan-1.yaml", "orgs/acme/keys/core.yaml", "platform.yaml"])
  func aLineThatIsCommentedOutKeepsItsColumn(_ sample: String) throws {
    let text = String(decoding: try ExternalCommand.read("\(packageRoot)/sample-repo/\(sample)"), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var (kept, valid) = (0, 0)
    for (number, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " }
      guard !indent.isEmpty else { continue }
      var changed = lines
      changed[number] = "\(indent)# \(line.dropFirst(indent.count))"
      guard let formatted = format(changed.joined(separator: "\n")) else { continue }
      valid += 1
      // If it was the only line of a block, the comment goes with what follows.
      if formatted == changed.joined(separator: "\n") { kept += 1 }
    }
    #expect(valid > 0 && kept * 10 >= valid * 8, "\(kept) of \(valid)")
  }

  /// A file that is formatted is so with either line end.
  @Test(arguments: ["orgs/acme/relays/milan-1.yaml", "orgs/acme/keys/core.yaml", "platform.yaml"])
  func lineEndsAreNoChange(_ sample: String) throws {
    let bytes = try ExternalCommand.read("\(packageRoot)/sample-repo/\(sample)")
    let windows = bytes.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
    #expect(Formatter.format(SourceFile(path: sample, bytes: windows)) == .unchanged)
    // What is laid out in one is laid out in the other, line by line.
    let deep = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0.prefix { $0 == " " }) + $0
    }
    #expect(
      format(deep.joined(separator: "\r\n")) == format(deep.joined(separator: "\n"))?.replacing("\n", with: "\r\n"))
  }

  /// Formatting twice changes nothing more, and nothing that is said.
  @Test func formattingIsStable() throws {
    var random = SystemRandomNumberGenerator()
    let samples = [
      "orgs/acme/relays/milan-1.yaml", "orgs/acme/keys/core.yaml", "platform.yaml", "orgs/initech/organization.yaml",
    ]
    for sample in samples {
      let original = String(decoding: try ExternalCommand.read("\(packageRoot)/sample-repo/\(sample)"), as: UTF8.self)
      #expect(format(original) == original, "sample-repo is formatted")
      for _ in 0..<150 {
        // White space where it means nothing: at line ends, after colons, and twice the indentation.
        let deep = Bool.random(using: &random)
        let text = original.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
          let indent = line.prefix { $0 == " " }
          var line = (deep ? String(indent) : "") + line
          if Int.random(in: 0..<5, using: &random) == 0 { line += "  " }
          return line
        }.joined(separator: "\n")
        guard let once = format(text) else { continue }
        #expect(format(once) == once)
      }
    }
  }
}

@Suite struct FixApplicationTests {
  @Test func appliesCertainFixesOnce() throws {
    let file = SourceFile(path: "x.yaml", text: "prot: 1\nsatte: 2\n")
    func diagnostic(_ range: SourceRange, _ text: String, isCertain: Bool) -> Diagnostic {
      let location = SourceLocation(path: "x.yaml", range: range)
      return Diagnostic(
        .unknownField, "m", at: Diagnostic.Label(location),
        fixes: [Diagnostic.Fix("t", edits: [Diagnostic.Edit(location, text)], isCertain: isCertain)])
    }
    let diagnostics = [
      diagnostic(SourceRange(0, 4), "port", isCertain: true), diagnostic(SourceRange(2, 6), "overlap", isCertain: true),
      diagnostic(SourceRange(8, 13), "state", isCertain: true), diagnostic(SourceRange(15, 16), "9", isCertain: false),
    ]
    let changes = FixApplication.apply(diagnostics) { _ in file }
    #expect(changes.map(\.fixes) == [2])
    #expect(changes.map { String(decoding: $0.file.bytes, as: UTF8.self) } == ["port: 1\nstate: 2\n"])
  }

  @Test func anEditOutsideTheFileChangesNothing() {
    let location = SourceLocation(path: "x.yaml", range: SourceRange(100, 200))
    let diagnostic = Diagnostic(
      .unknownField, "m", at: Diagnostic.Label(location),
      fixes: [Diagnostic.Fix("t", edits: [Diagnostic.Edit(location, "x")], isCertain: true)])
    #expect(FixApplication.apply([diagnostic]) { _ in SourceFile(path: "x.yaml", text: "a") }.isEmpty)
  }
}
