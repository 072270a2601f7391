import ConfigModel
import ConfigSchema
package import Diagnostics
import YAMLSyntax

/// Something that documents name.
package struct Symbol: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case organization, user, key, relay, role, region

    /// What people call it.
    package var word: String { rawValue }
  }

  package let kind: Kind
  /// The organization it belongs to; nil for what belongs to none.
  package let org: String?
  package let name: String
}

/// A place that names a symbol.
package struct Occurrence: Sendable {
  package let symbol: Symbol
  /// The bytes of the name, without quotes.
  package let location: SourceLocation
  package let isDeclaration: Bool
  /// Whether it stands without quotes.
  package let isPlain: Bool

  /// Every place of a file that names something, found by the schema.
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
    org = RepositoryFiles.organization(of: path)
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

  /// The schema is a few levels deep, and so is this recursion.
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
    case .integer, .number, .boolean, .map: break
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
