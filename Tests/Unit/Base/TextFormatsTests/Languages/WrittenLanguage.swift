import TextFormats
import TestSupport

/// A language that wpex writes the text of others into, and a reader of that language in scripts/judges/escaping.py.
enum WrittenLanguage: String, CaseIterable, Sendable {
  case terminal, lines, csv, json, canonicalJSON, shell, sqlLiteral, sqlIdentifier, xml, html, workflowCommand
  case markdownCode, markdownCell, markdownPlain, dot, mermaid, logfmt, prometheus, yaml, urlPath

  func written(_ text: String) -> String {
    switch self {
    case .terminal: text.visible
    case .lines: text.visibleLines
    case .csv: CSVText.row(["a", text, "z"])
    case .json: JSON.string(text).text()
    case .canonicalJSON: JSON.string(text).text(.canonical)
    case .shell: ShellText.word(text)
    case .sqlLiteral: SQLText.literal(text)
    case .sqlIdentifier: SQLText.identifier(text)
    case .xml, .html: MarkupText.escaped(text)
    case .workflowCommand:
      "::error file=\(WorkflowCommandText.property(text)),line=1::\(WorkflowCommandText.data(text))"
    case .markdownCode: MarkdownText.code(text)
    case .markdownCell: MarkdownText.cell(MarkdownText.code(text))
    case .markdownPlain: MarkdownText.plain(text)
    case .dot: DOTText.label(text)
    case .mermaid: MermaidText.label(text)
    case .logfmt: LogfmtText.value(text)
    case .prometheus: PrometheusLabelText.value(text)
    case .yaml: YAMLText.singleQuoted(text) ?? YAMLText.quoted(text)
    case .urlPath: URLText.path(text)
    }
  }

  /// What means something in the language.
  var marks: String {
    switch self {
    case .terminal, .lines: "\u{1B}\n\r\u{9B}"
    case .csv: "\",=+-@\r\n\t;"
    case .json, .canonicalJSON: "\"\\\n\r"
    case .shell: "'\"\\$` \n"
    case .sqlLiteral, .sqlIdentifier: "'\"\\"
    case .xml, .html: "&<>\"'\n\r\t"
    case .workflowCommand: "%\r\n:,="
    case .markdownCode, .markdownCell: "`|\\ <\n\r"
    case .markdownPlain: "`*_[]()<>!&|\\#~\n\r"
    case .dot, .mermaid: "\"\\#;<&`\n\r"
    case .logfmt: "\"\\= \n\r"
    case .prometheus: "\"\\\n\r},"
    case .yaml: "'\"\\:#-\n\r"
    case .urlPath: "%?#/ "
    }
  }

  /// Whether the language can say U+0000 at all.
  var hasNull: Bool {
    switch self {
    case .shell, .sqlLiteral, .sqlIdentifier: false
    default: true
    }
  }

  /// Whether it matters what a text begins and ends with.
  var hasEdges: Bool { self == .csv || self == .markdownCode || self == .markdownPlain }
}

/// Texts that put everything of Unicode beside what means something in a language.
struct HostileTexts {
  let language: WrittenLanguage

  /// Marks, controls, spaces, what turns text around or is not seen, and what Swift takes for something else: scalars
  /// that are canonically equal to `;`, `` ` `` or K, and wide forms.
  static let troublesome: [Unicode.Scalar] = all.filter { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .nonspacingMark, .spacingMark,
      .enclosingMark:
      return true
    default: break
    }
    switch scalar.value {
    case 0x340...0x345, 0x37E, 0x1100...0x11FF, 0x1FEF, 0x2126, 0x212A, 0x212B, 0xFF01...0xFF5E, 0x1F1E6...0x1F1FF,
      0x1F3FB...0x1F3FF, 0xFFFE, 0xFFFF:
      return true
    default: return scalar.properties.isDefaultIgnorableCodePoint && scalar.value < 0xE0100
    }
  }

  static let all: [Unicode.Scalar] = (0...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)

  /// All small scripts, and a sample of what is one large one.
  private static let others = all.filter { scalar in
    switch scalar.value {
    case 0x3400..<0xA000, 0xAC00..<0xD7B0, 0xE000..<0xF900, 0x10000...: scalar.value % 61 == 0
    default: true
    }
  }

  /// The texts, each of them once.
  var texts: [String] {
    let marks = Array(language.marks.unicodeScalars)
    let isPossible = { (scalar: Unicode.Scalar) in language.hasNull || scalar != "\0" }
    var texts = ["x"] + marks.map { String(String.UnicodeScalarView([$0])) }
    for scalar in Self.troublesome where isPossible(scalar) {
      texts.append(text(marks.flatMap { [$0, scalar, $0] } + [scalar]))
      guard language.hasEdges else { continue }
      for mark in marks { texts.append(text([mark, scalar, "x", scalar, mark])) }
    }
    // Other scalars, many in one text, each behind a mark.
    for start in stride(from: 0, to: Self.others.count, by: 512) {
      let part = Self.others[start..<min(start + 512, Self.others.count)].filter(isPossible)
      texts.append(text(part.enumerated().flatMap { [marks[$0 % marks.count], $1] }))
    }
    return texts
  }

  private func text(_ scalars: [Unicode.Scalar]) -> String { String(String.UnicodeScalarView(scalars)) }

  /// Each text with what is written for it, for the reader.
  func lines() -> [UInt8] {
    var bytes: [UInt8] = []
    for text in texts {
      append(text, to: &bytes)
      bytes.append(UInt8(ascii: "\t"))
      append(language.written(text), to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  private func append(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    for byte in text.utf8 {
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}
