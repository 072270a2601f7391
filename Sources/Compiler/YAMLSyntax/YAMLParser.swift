import CLibYAML
package import Diagnostics

/// Parser of the configuration language's subset of YAML 1.2.
///
/// Builds a tree with byte ranges directly from libyaml's events, and rejects everything outside the subset. One run
/// reports every problem that it can find.
package enum YAMLParser {
  /// Maximum size of a file, in bytes.
  package static let maxFileBytes = 1 << 20
  /// Maximum size of a document, in bytes.
  package static let maxDocumentBytes = 256 << 10
  /// Maximum number of nesting levels.
  package static let deepest = 32

  /// Parses a file.
  ///
  /// Documents with ambiguous constructs (aliases, merge keys, complex keys) are reported and omitted. A syntax error
  /// ends the file; the documents before it are kept.
  package static func parse(_ file: SourceFile) -> YAMLParse {
    guard file.bytes.count <= maxFileBytes else {
      let label = Diagnostic.Label(SourceLocation(path: file.path, range: .fileStart))
      return YAMLParse(
        documents: [],
        diagnostics: [
          Diagnostic(
            .fileTooLarge, "the file has \(file.bytes.count) bytes; a file can have at most 1 MiB (\(maxFileBytes))",
            at: label, help: "split it into several files")
        ])
    }
    let scan = CharacterScan(file)
    guard scan.isReadable else { return YAMLParse(documents: [], diagnostics: scan.reported) }
    var builder = TreeBuilder(file, scan)
    builder.run()
    return YAMLParse(
      documents: builder.documents, diagnostics: (builder.scan.reported + builder.diagnostics).inFileOrder())
  }

  /// Returns the characters that cannot be reviewed in a file that is not YAML.
  ///
  /// The file has one entry per line, and comments that begin with `#`.
  package static func characterFaults(in file: SourceFile) -> [Diagnostic] {
    var scan = CharacterScan(file)
    if !scan.blanks.isEmpty { scan.reviewBlanks(BlankReview.lines(of: file.bytes), in: file) }
    return scan.reported.inFileOrder()
  }
}

/// Builder of the tree. It keeps its own stack, so no input makes it recurse.
private struct TreeBuilder {
  private let file: SourceFile
  private(set) var scan: CharacterScan
  private let offsets: OffsetTable
  private(set) var documents: [YAMLDocument] = []
  private(set) var diagnostics: [Diagnostic] = []

  private var stack: [Frame] = []
  private var documentStart = 0
  /// Whether the document contains a construct that leaves its meaning open.
  private var isOpenDocument = false
  private var root: YAMLNode?
  /// Ranges of scalars over several lines, whose lines may begin with tabs; collected only if the file has such tabs.
  private var longScalars: [SourceRange] = []
  /// All scalars; collected only if the file has unusual blanks.
  private var texts: [BlankReview.Text] = []

  private struct Frame {
    let start: Int
    let isFlow: Bool
    let isMapping: Bool
    var elements: [YAMLNode] = []
    var members: [YAMLMember] = []
    /// The name whose value comes next; nil if a name comes next.
    var pending: (name: String, range: SourceRange, isSkipped: Bool)?
    /// Indexes of members by name; nil until there are many.
    var names: [String: Int]?
  }

  init(_ file: SourceFile, _ scan: CharacterScan) {
    self.file = file
    self.scan = scan
    offsets = OffsetTable(file.bytes, isASCII: scan.isASCII)
  }

  mutating func run() {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return }
    defer { yaml_parser_delete(&parser) }
    file.bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, base + offsets.base, bytes.count - offsets.base)
      var event = yaml_event_t()
      while true {
        guard yaml_parser_parse(&parser, &event) == 1 else {
          reportMalformed(parser)
          break
        }
        let goesOn = handle(&event)
        yaml_event_delete(&event)
        if !goesOn { break }
      }
    }
    reportTabs()
    if !scan.blanks.isEmpty { scan.reviewBlanks(texts, in: file) }
  }

  /// Processes an event, and returns whether to continue.
  private mutating func handle(_ event: inout yaml_event_t) -> Bool {
    let start = offsets.offset(event.start_mark)
    let end = offsets.offset(event.end_mark)
    if !stack.isEmpty || root != nil, end - documentStart > YAMLParser.maxDocumentBytes {
      report(
        .documentTooLarge, "the document has more than 256 KiB (\(YAMLParser.maxDocumentBytes) bytes)",
        SourceRange(documentStart, documentStart), help: "split it into several documents")
      return false
    }
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      documentStart = start
      isOpenDocument = false
      root = nil
      if event.data.document_start.version_directive != nil
        || event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end
      {
        report(
          .directive, "directives (`%YAML`, `%TAG`) are not allowed", SourceRange(start, start),
          help: "remove the line that begins with `%`")
      }
    case YAML_DOCUMENT_END_EVENT: finishDocument(end: end)
    case YAML_ALIAS_EVENT:
      report(
        .anchorOrAlias, "aliases (`*name`) are not allowed", SourceRange(start, end),
        help: "write the value out: everything that a document says must be in it")
      isOpenDocument = true
      add(YAMLNode(.scalar(YAMLScalar(text: "", style: .plain)), range: SourceRange(start, end)))
    case YAML_SCALAR_EVENT: addScalar(event, start, end)
    case YAML_SEQUENCE_START_EVENT:
      checkProperties(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, start, end)
      let isFlow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
      return open(Frame(start: start, isFlow: isFlow, isMapping: false), end: end)
    case YAML_MAPPING_START_EVENT:
      checkProperties(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, start, end)
      let isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
      return open(Frame(start: start, isFlow: isFlow, isMapping: true), end: end)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: close(end: end)
    case YAML_STREAM_END_EVENT: return false
    default: break
    }
    return true
  }

  // MARK: - Nodes

  private mutating func open(_ frame: Frame, end: Int) -> Bool {
    guard stack.count < YAMLParser.deepest else {
      report(
        .nestedTooDeep, "values are nested more than \(YAMLParser.deepest) levels deep", SourceRange(frame.start, end),
        help: "no document of this language needs so many: check the brackets and the indentation")
      return false
    }
    stack.append(frame)
    return true
  }

  private mutating func close(end: Int) {
    guard let frame = stack.popLast() else { return }
    // libyaml ends a block at the next token, after blank lines and comments; the last child's end is more precise.
    let last = frame.isMapping ? frame.members.last?.value.range.end : frame.elements.last?.range.end
    let range = SourceRange(frame.start, frame.isFlow ? end : last.map(Int.init) ?? end)
    add(YAMLNode(frame.isMapping ? .mapping(frame.members) : .sequence(frame.elements), range: range))
  }

  private mutating func addScalar(_ event: yaml_event_t, _ start: Int, _ end: Int) {
    let scalar = event.data.scalar
    checkProperties(anchor: scalar.anchor, tag: scalar.tag, start, end)
    let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    let style: YAMLScalar.Style =
      switch scalar.style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
    let range = SourceRange(start, end)
    if !scan.tabbedLines.isEmpty, event.start_mark.line != event.end_mark.line { longScalars.append(range) }
    if !scan.blanks.isEmpty { texts.append(BlankReview.Text(range: start..<max(start, end), style: style)) }
    add(YAMLNode(.scalar(YAMLScalar(text: text, style: style)), range: range))
  }

  /// Adds a finished node to the collection being read, or makes it the document's root.
  private mutating func add(_ node: YAMLNode) {
    guard let top = stack.indices.last else {
      root = node
      return
    }
    guard stack[top].isMapping else {
      stack[top].elements.append(node)
      return
    }
    guard let pending = stack[top].pending else {
      stack[top].pending = name(node, in: top)
      return
    }
    stack[top].pending = nil
    guard !pending.isSkipped else { return }
    stack[top].members.append(YAMLMember(name: pending.name, nameRange: pending.range, value: node))
  }

  private mutating func name(
    _ node: YAMLNode, in frame: Int
  ) -> (name: String, range: SourceRange, isSkipped: Bool) {
    guard let scalar = node.scalar else {
      report(
        .complexKey, "a field's name must be a plain word, not a list or mapping", node.range,
        help: "write `name: value`")
      isOpenDocument = true
      return ("", node.range, true)
    }
    if scalar.text == "<<", scalar.style == .plain {
      report(
        .mergeKey, "merge keys (`<<`) are not allowed", node.range, help: "write the fields out, or quote the name")
      isOpenDocument = true
      return ("<<", node.range, true)
    }
    if let earlier = earlierMember(named: scalar.text, in: frame) {
      diagnostics.append(
        Diagnostic(
          .duplicateField, "the field `\(scalar.text)` is written twice", at: label(node.range, "again here"),
          related: [label(earlier.nameRange, "first here")], help: "remove one of them"))
      return (scalar.text, node.range, true)
    }
    return (scalar.text, node.range, false)
  }

  /// Returns an earlier member with the same name.
  ///
  /// A few names are compared one by one; many are hashed, so a mapping of 100,000 entries takes linear time.
  private mutating func earlierMember(named name: String, in frame: Int) -> YAMLMember? {
    let members = stack[frame].members
    if members.count < 16 { return members.first { $0.name == name } }
    if stack[frame].names == nil {
      stack[frame].names = Dictionary(members.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }
    if let index = stack[frame].names?[name] { return members[index] }
    stack[frame].names?[name] = members.count
    return nil
  }

  private mutating func finishDocument(end: Int) {
    defer { root = nil }
    guard let root, !isOpenDocument else { return }
    // A document that consists of comments declares nothing.
    if let scalar = root.scalar, scalar.style == .plain, scalar.text.isEmpty { return }
    documents.append(YAMLDocument(root: root, range: SourceRange(documentStart, end)))
  }

  private mutating func checkProperties(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, _ start: Int, _ end: Int
  ) {
    // The event begins with its properties, which end at the first white space.
    func property(_ first: UInt8) -> SourceRange {
      let limit = min(max(end, start + 1), file.bytes.count)
      let from = file.bytes[start..<limit].firstIndex(of: first) ?? start
      let to = file.bytes[from...].firstIndex { $0 <= UInt8(ascii: " ") } ?? file.bytes.count
      return SourceRange(from, to)
    }
    if anchor != nil {
      report(
        .anchorOrAlias, "anchors (`&name`) are not allowed", property(UInt8(ascii: "&")), help: "remove the anchor")
    }
    guard tag != nil else { return }
    let range = property(UInt8(ascii: "!"))
    var stop = Int(range.end)
    while stop < file.bytes.count, file.bytes[stop] == UInt8(ascii: " ") { stop += 1 }
    diagnostics.append(
      Diagnostic(
        .customTag, "tags (`!name`) are not allowed", at: label(range),
        help: "remove the tag: every field knows its type",
        fixes: [
          Diagnostic.Fix(
            "remove the tag",
            edits: [
              Diagnostic.Edit(
                SourceLocation(path: file.path, range: SourceRange(Int(range.start), stop)), "")
            ], isCertain: true)
        ]))
  }

  // MARK: - Reports

  private func label(_ range: SourceRange, _ text: String? = nil) -> Diagnostic.Label {
    Diagnostic.Label(SourceLocation(path: file.path, range: range), text)
  }

  private mutating func report(_ code: DiagnosticCode, _ message: String, _ range: SourceRange, help: String) {
    diagnostics.append(Diagnostic(code, message, at: label(range), help: help))
  }

  private mutating func reportMalformed(_ parser: yaml_parser_t) {
    guard parser.error != YAML_MEMORY_ERROR, let text = parser.problem else {
      report(.malformedYAML, "the file cannot be read as YAML", .fileStart, help: "check its syntax")
      return
    }
    let fault = SyntaxFault(String(cString: text))
    let offset = min(offsets.offset(parser.problem_mark), file.bytes.count)
    // A tab before this place is the likeliest cause, and is reported instead.
    if scan.tabbedLines.contains(where: { $0.upperBound == offset || $0.contains(offset) }) { return }
    let place = SourceRange(offset, min(offset + 1, file.bytes.count))
    var related: [Diagnostic.Label] = []
    if let context = parser.context {
      let start = min(offsets.offset(parser.context_mark), file.bytes.count)
      if start != offset {
        related.append(
          label(SourceRange(start, min(start + 1, file.bytes.count)), SyntaxFault.context(String(cString: context))))
      }
    }
    diagnostics.append(
      Diagnostic(.malformedYAML, fault.message, at: label(place), related: related, help: fault.help))
  }

  private mutating func reportTabs() {
    for tabs in scan.tabbedLines {
      let isText = longScalars.contains { $0.start < UInt32(tabs.lowerBound) && UInt32(tabs.lowerBound) < $0.end }
      guard !isText else { continue }
      let range = SourceRange(tabs.lowerBound, tabs.upperBound)
      let width = file.bytes[tabs].reduce(0) { $0 + ($1 == UInt8(ascii: "\t") ? 2 : 1) }
      diagnostics.append(
        Diagnostic(
          .tabIndentation, "a line is indented with a tab", at: label(range, "tabs have no width in YAML"),
          help: "indent with spaces",
          fixes: [
            Diagnostic.Fix(
              "indent with spaces",
              edits: [
                Diagnostic.Edit(
                  SourceLocation(path: file.path, range: range), String(repeating: " ", count: width))
              ], isCertain: false)
          ]))
    }
  }
}
