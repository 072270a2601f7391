import ConfigCompiler
import ConfigModel
import ConfigSchema
package import Diagnostics
import YAMLSyntax

/// A declared item that documents refer to by name.
package struct Symbol: Sendable, Hashable {
  /// Kinds of symbols.
  package enum Kind: String, Sendable {
    case organization, user, key, relay, role, region

    /// The kind as a word for messages.
    package var word: String { rawValue }
  }

  /// The kind of symbol.
  package let kind: Kind
  /// The organization that it belongs to; nil if it is global.
  package let org: String?
  /// The symbol's name.
  package let name: String
}

/// A position at which a symbol's name occurs.
package struct Occurrence: Sendable {
  /// The symbol.
  package let symbol: Symbol
  /// The range of the name, without quotes.
  package let location: SourceLocation
  /// Whether the symbol is declared here rather than referred to.
  package let isDeclaration: Bool
  /// Whether the name is written without quotes.
  package let isPlain: Bool

  /// Returns all occurrences in a file, determined with the schema.
  package static func all(in file: SourceFile) -> [Occurrence] {
    var search = OccurrenceSearch(path: file.path)
    for document in YAMLParser.parse(file).documents { search.visit(document.root) }
    return search.found
  }
}

private struct OccurrenceSearch {
  let path: String
  let org: String?
  var found: [Occurrence] = []

  init(path: String) {
    self.path = path
    org = RepositoryTree.organization(of: path)
  }

  mutating func visit(_ root: YAMLNode) {
    guard let word = root["kind"]?.scalar?.text, let schema = DocumentSchema.named(word) else { return }
    if let name = root["metadata"]?["name"] { declare(name, schema.kind) }
    if let name = root["metadata"]?["org"] { add(name, .organization, org: nil, isDeclaration: false) }
    if schema.kind == .platform {
      for region in root["spec"]?["regions"]?.sequence ?? [] {
        if let name = region["name"] { add(name, .region, org: nil, isDeclaration: true) }
      }
    }
    visit(root, .object(schema.shape))
  }

  private mutating func declare(_ node: YAMLNode, _ kind: Kind) {
    switch kind {
    case .organization: add(node, .organization, org: nil, isDeclaration: true)
    case .user: add(node, .user, org: org, isDeclaration: true)
    case .key: add(node, .key, org: org, isDeclaration: true)
    case .relay: add(node, .relay, org: org, isDeclaration: true)
    case .role: add(node, .role, org: nil, isDeclaration: true)
    case .platform: break
    }
  }

  /// Recursion is limited by the depth of the schema, which is a few levels.
  private mutating func visit(_ node: YAMLNode, _ shape: Shape) {
    switch shape {
    case .object(let object):
      for member in node.mapping ?? [] {
        guard let field = object.fields.first(where: { $0.name == member.name }) else { continue }
        visit(member.value, field.shape)
      }
    case .list(let element, _):
      for node in node.sequence ?? [] { visit(node, element) }
    case .string(let string):
      switch string.reference {
      case .key: add(node, .key, org: org, isDeclaration: false)
      case .region: add(node, .region, org: nil, isDeclaration: false)
      case .role: add(node, .role, org: nil, isDeclaration: false)
      case nil: break
      }
    case .integer, .number, .boolean, .map, .anyMapping: break
    }
  }

  private mutating func add(_ node: YAMLNode, _ kind: Symbol.Kind, org: String?, isDeclaration: Bool) {
    guard let scalar = node.scalar, !scalar.text.isEmpty else { return }
    let range: SourceRange
    switch scalar.style {
    case .plain: range = node.range
    case .singleQuoted, .doubleQuoted: range = SourceRange(Int(node.range.start) + 1, Int(node.range.end) - 1)
    case .literal, .folded: return
    }
    found.append(
      Occurrence(
        symbol: Symbol(kind: kind, org: org, name: scalar.text), location: SourceLocation(path: path, range: range),
        isDeclaration: isDeclaration, isPlain: scalar.style == .plain))
  }
}
