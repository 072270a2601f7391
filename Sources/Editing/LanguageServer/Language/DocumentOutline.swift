import ConfigModel
import Diagnostics
import YAMLSyntax

/// A file's documents and fields, for the editor's outline.
struct DocumentOutline {
  struct Entry {
    let name: String
    let detail: String
    /// The value of LSP's `SymbolKind`.
    let kind: Int
    let range: SourceRange
    let selection: SourceRange
    let children: [Entry]
  }

  let entries: [Entry]

  init(_ file: SourceFile) {
    entries = YAMLParser.parse(file).documents.map { document in
      let word = document.root["kind"]?.scalar?.text ?? "document"
      let name = document.root["metadata"]?["name"]
      let range = document.root.range
      return Entry(
        name: name?.scalar?.text ?? word, detail: word, kind: Kind(rawValue: word).map(Self.kind) ?? SymbolKind.object,
        range: range, selection: name?.range ?? SourceRange(start: range.start, end: range.start),
        children: (document.root["spec"]?.mapping ?? []).map(Self.entry))
    }
  }

  private static func entry(_ member: YAMLMember) -> Entry {
    let range = SourceRange(Int(member.nameRange.start), Int(max(member.nameRange.end, member.value.range.end)))
    let kind: Int
    var detail = ""
    switch member.value.content {
    case .scalar(let scalar):
      kind = SymbolKind.property
      // Armored values span many lines.
      if scalar.text.utf8.count <= 60, !scalar.text.contains("\n") { detail = scalar.text }
    case .sequence: kind = SymbolKind.array
    case .mapping: kind = SymbolKind.object
    }
    return Entry(
      name: member.name.isEmpty ? "?" : member.name, detail: detail, kind: kind, range: range,
      selection: member.nameRange,
      children: [])
  }

  /// Values of `SymbolKind` in LSP 3.17.
  private enum SymbolKind {
    static let module = 2
    static let namespace = 3
    static let property = 7
    static let enumeration = 10
    static let interface = 11
    static let variable = 13
    static let constant = 14
    static let array = 18
    static let object = 19
    static let key = 20
  }

  private static func kind(_ kind: Kind) -> Int {
    switch kind {
    case .platform: SymbolKind.module
    case .role: self.kind(of: .role)
    case .organization: self.kind(of: .organization)
    case .user: self.kind(of: .user)
    case .key: self.kind(of: .key)
    case .relay: self.kind(of: .relay)
    }
  }

  static func kind(of kind: Symbol.Kind) -> Int {
    switch kind {
    case .organization: SymbolKind.namespace
    case .user: SymbolKind.variable
    case .key: SymbolKind.key
    case .relay: SymbolKind.interface
    case .role: SymbolKind.enumeration
    case .region: SymbolKind.constant
    }
  }
}
