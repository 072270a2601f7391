import ConfigModel
package import ConfigSchema
package import Diagnostics
import YAMLSyntax

/// One file as far as it can be understood by itself.
package struct ParsedFile: Sendable {
  package let source: SourceFile
  package let identity: ContentIdentity?
  package let documents: [ParsedDocument]
  package let diagnostics: [Diagnostic]
  /// Whether something in the file could not be decoded, so that what it declares is not fully known.
  package let isIncomplete: Bool
}

/// One document whose shape is right.
package struct ParsedDocument: Sendable {
  package let source: SourceDocument
  package let declaration: Declaration

  package init(source: SourceDocument, declaration: Declaration) {
    self.source = source
    self.declaration = declaration
  }
}

extension ParsedFile {
  /// Parses and decodes the documents of a file which stands in a place for `role`'s kinds.
  package init(_ source: SourceFile, identity: ContentIdentity?, role: PathRole) {
    if let foreign = ForeignContent.diagnostic(of: source) {
      self.init(source: source, identity: identity, documents: [], diagnostics: [foreign], isIncomplete: true)
      return
    }
    let parse = YAMLParser.parse(source)
    var context = DecodingContext(path: source.path)
    var documents: [ParsedDocument] = []
    var isIncomplete = parse.diagnostics.contains { $0.severity == .error }
    var line = LineCounter(source.bytes)
    for (index, document) in parse.documents.enumerated() {
      let place = SourceDocument(
        file: source, index: index, line: line.line(at: Int(document.root.range.start)),
        end: document.root.range.end)
      guard let declaration = Self.decode(document.root, role: role, path: source.path, &context) else {
        isIncomplete = true
        continue
      }
      documents.append(ParsedDocument(source: place, declaration: declaration))
    }
    self.init(
      source: source, identity: identity, documents: documents,
      diagnostics: parse.diagnostics + context.diagnostics + PlaintextSecrets.find(in: source),
      isIncomplete: isIncomplete)
  }

  private static func decode(
    _ root: YAMLNode, role: PathRole, path: String, _ context: inout DecodingContext
  ) -> Declaration? {
    let location = { (range: SourceRange) in Diagnostic.Label(SourceLocation(path: path, range: range)) }
    guard let member = root.member("kind"), let kind = member.value.scalar?.text else {
      // Without a readable kind the place decides what is missing from the document.
      if let expected = role.kinds.first { return DocumentSchema.named(expected.rawValue)?.decode(root, &context) }
      return nil
    }
    guard let schema = DocumentSchema.named(kind) else {
      let known = Kind.allCases.map(\.rawValue)
      let nearest = Spelling.nearest(to: kind, among: known)
      context.report(
        Diagnostic(
          .unknownKind, "there is no kind `\(kind)`", at: location(member.value.range),
          help: "the kinds are \(known.map { "`\($0)`" }.joined(separator: ", "))",
          fixes: nearest.map {
            [
              Diagnostic.Fix(
                "replace `\(kind)` by `\($0)`",
                edits: [Diagnostic.Edit(location(member.value.range).location, $0)], isCertain: true)
            ]
          } ?? []))
      return nil
    }
    guard role.kinds.contains(schema.kind) else {
      let expected = role.kinds.map(\.rawValue).joined(separator: " or ")
      let organization = RepositoryTree.organization(of: path)
      context.report(
        Diagnostic(
          .kindMisplaced, "a \(kind) does not belong into `\(path)`, which holds a \(expected)",
          at: location(member.value.range),
          help: "move it to \(PathRole.place(of: schema.kind, in: organization))"))
      return nil
    }
    return schema.decode(root, &context)
  }
}

/// Counts lines forwards, so that all documents of a file cost one pass.
private struct LineCounter {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The line, from 1, of an offset which is not before the last one asked for.
  mutating func line(at target: Int) -> Int {
    let end = min(target, bytes.count)
    if end > offset {
      for byte in bytes[offset..<end] where byte == UInt8(ascii: "\n") { line += 1 }
      offset = end
    }
    return line
  }
}
