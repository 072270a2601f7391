import ConfigModel
import ConfigSchema
package import Diagnostics
import YAMLSyntax

/// A file, decoded independently of all others.
package struct ParsedFile: Sendable {
  /// Path and bytes.
  package let source: SourceFile
  /// Identity of the content; nil if it is not known.
  package let identity: ContentIdentity?
  /// The documents that could be decoded.
  package let documents: [ParsedDocument]
  /// Problems of the file by itself.
  package let diagnostics: [Diagnostic]
  /// Whether part of the file could not be decoded, so that its declarations are not fully known.
  package let isIncomplete: Bool
  /// The operator's rules that were evaluated for the documents; nil if none were.
  let rules: RuleBook?
  /// The documents that break one of those rules.
  let breaches: [RuleBreach]
}

extension ParsedFile {
  /// Parses and decodes the documents of a file whose path has a given role.
  package init(_ source: SourceFile, identity: ContentIdentity?, role: PathRole) {
    self.init(source, identity: identity, role: role, rules: nil)
  }

  /// Parses and decodes the documents of a file whose path has a given role, and evaluates the operator's rules for them.
  init(_ source: SourceFile, identity: ContentIdentity?, role: PathRole, rules: RuleBook?) {
    if let foreign = ForeignContent.diagnostic(of: source) {
      self.init(
        source: source, identity: identity, documents: [], diagnostics: [foreign], isIncomplete: true, rules: rules,
        breaches: [])
      return
    }
    let parse = YAMLParser.parse(source)
    var context = DecodingContext(path: source.path)
    var documents: [ParsedDocument] = []
    var breaches: [RuleBreach] = []
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
      // The tree is at hand here, and is not kept.
      rules?.check(document.root, of: documents.count - 1, declaration.kind, &breaches)
    }
    self.init(
      source: source, identity: identity, documents: documents,
      diagnostics: parse.diagnostics + context.diagnostics + PlaintextSecrets.find(in: source),
      isIncomplete: isIncomplete, rules: rules, breaches: breaches)
  }

  /// Returns the same file with the operator's rules evaluated.
  func evaluated(by rules: RuleBook?) -> ParsedFile {
    guard rules !== self.rules else { return self }
    var breaches: [RuleBreach] = []
    if let rules, documents.contains(where: { rules.covers($0.declaration.kind) }) {
      let trees = YAMLParser.parse(source).documents
      for (position, document) in documents.enumerated() where trees.indices.contains(document.source.index) {
        rules.check(trees[document.source.index].root, of: position, document.declaration.kind, &breaches)
      }
    }
    return ParsedFile(
      source: source, identity: identity, documents: documents, diagnostics: diagnostics, isIncomplete: isIncomplete,
      rules: rules, breaches: breaches)
  }

  private static func decode(
    _ root: YAMLNode, role: PathRole, path: String, _ context: inout DecodingContext
  ) -> Declaration? {
    let location = { (range: SourceRange) in Diagnostic.Label(SourceLocation(path: path, range: range)) }
    guard let member = root.member("kind"), let kind = member.value.scalar?.text else {
      // Without a readable kind, the path decides which schema applies.
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
                "replace `\(kind)` with `\($0)`",
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
          .kindMisplaced, "a \(kind) does not belong in `\(path)`, which holds a \(expected)",
          at: location(member.value.range),
          help: "move it to \(PathRole.place(of: schema.kind, in: organization))"))
      return nil
    }
    return schema.decode(root, &context)
  }
}

/// A counter of lines that only moves forward, so that all documents of a file cost one pass.
private struct LineCounter {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Returns the line, from 1, of an offset, which must not be before that of the previous call.
  mutating func line(at target: Int) -> Int {
    let end = min(target, bytes.count)
    if end > offset {
      for byte in bytes[offset..<end] where byte == UInt8(ascii: "\n") { line += 1 }
      offset = end
    }
    return line
  }
}
