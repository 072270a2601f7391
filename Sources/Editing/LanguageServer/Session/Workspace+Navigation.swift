import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats

extension Workspace {
  /// Returns the occurrence of a name at the cursor.
  func occurrence(in document: OpenDocument, at offset: Int) -> Occurrence? {
    Occurrence.all(in: source(of: document)).first { occurrence in
      let range = occurrence.location.range
      return Int(range.start) <= offset && offset <= Int(range.end)
    }
  }

  /// Returns the symbol at the cursor, even in an invalid document.
  func symbol(in document: OpenDocument, at offset: Int) -> Symbol? {
    if let occurrence = occurrence(in: document, at: offset) { return occurrence.symbol }
    guard let context = CursorContext(document.text, at: offset, fallback: kind(of: document)), context.role != .name,
      let kind = context.kind, !context.word.isEmpty,
      let target = FieldCompletion.reference(of: kind, at: context.path)
    else { return nil }
    switch target {
    case .key: return Symbol(kind: .key, org: document.path.flatMap(RepositoryTree.organization), name: context.word)
    case .region: return Symbol(kind: .region, org: nil, name: context.word)
    case .role: return Symbol(kind: .role, org: nil, name: context.word)
    }
  }

  /// Returns all occurrences of a symbol: declarations first, then by path and position.
  func occurrences(of symbol: Symbol, declarationsOnly: Bool = false) -> [Occurrence] {
    candidates(for: symbol, declarationsOnly: declarationsOnly)
      .filter { $0.bytes.contains(word: symbol.name) }
      .flatMap { Occurrence.all(in: $0).filter { $0.symbol == symbol && ($0.isDeclaration || !declarationsOnly) } }
      .sorted { left, right in
        if left.isDeclaration != right.isDeclaration { return left.isDeclaration }
        if left.location.path != right.location.path { return left.location.path < right.location.path }
        return left.location.range.start < right.location.range.start
      }
  }

  private func candidates(for symbol: Symbol, declarationsOnly: Bool) -> [SourceFile] {
    guard let compilation else { return [] }
    if let org = symbol.org { return compilation.files(of: org).map(\.source) }
    if declarationsOnly, symbol.kind == .organization { return compilation.files(of: symbol.name).map(\.source) }
    // Global items are declared outside the organizations' folders.
    let isOutside = declarationsOnly || symbol.kind == .user
    return compilation.files(of: nil).map(\.source).filter {
      !isOutside || RepositoryTree.organization(of: $0.path) == nil
    }
  }

  func definition(_ document: OpenDocument, at offset: Int) -> JSON {
    guard let symbol = symbol(in: document, at: offset) else { return .null }
    let found = occurrences(of: symbol, declarationsOnly: true)
    return found.isEmpty ? .null : .array(found.map { json($0.location) })
  }

  func references(_ document: OpenDocument, at offset: Int, withDeclaration: Bool) -> JSON {
    guard let symbol = symbol(in: document, at: offset) else { return .null }
    return .array(occurrences(of: symbol).filter { withDeclaration || !$0.isDeclaration }.map { json($0.location) })
  }

  // MARK: - Outlines

  func documentSymbols(_ document: OpenDocument) -> JSON {
    let outline = DocumentOutline(source(of: document))
    let symbols = outline.entries.map { entry -> JSON in
      if client.hierarchicalSymbols { return json(entry, in: document.text) }
      return [
        "name": .string(entry.name), "kind": .integer(entry.kind),
        "location": ["uri": .string(document.uri), "range": json(entry.range, in: document.text)],
      ]
    }
    return .array(symbols)
  }

  private func json(_ entry: DocumentOutline.Entry, in text: EditorText) -> JSON {
    [
      "name": .string(entry.name), "detail": .string(entry.detail), "kind": .integer(entry.kind),
      "range": json(entry.range, in: text), "selectionRange": json(entry.selection, in: text),
      "children": .array(entry.children.map { json($0, in: text) }),
    ]
  }

  /// Returns the symbols whose name, or `org/name`, contains a query, up to `maxSymbols`.
  func workspaceSymbols(_ query: String) -> JSON {
    guard let compilation else { return .array([]) }
    let query = query.lowercased()
    var found: [Symbol] = []
    func add(_ kind: Symbol.Kind, _ org: String?, _ names: [String]) {
      found += names.filter { name in
        query.isEmpty || name.contains(query) || (org.map { "\($0)/\(name)".contains(query) } ?? false)
      }.map { Symbol(kind: kind, org: org, name: $0) }
    }
    add(.region, nil, compilation.platform.platform?.spec.regions.map(\.name) ?? [])
    add(.role, nil, compilation.platform.roles.map(\.name))
    add(.user, nil, compilation.platform.users.map(\.name))
    for unit in compilation.units where found.count < Self.maxSymbols {
      add(.organization, nil, [unit.name])
      add(.relay, unit.name, unit.relays.map(\.name))
      add(.key, unit.name, unit.keys.map(\.name))
      add(.user, unit.name, unit.users.map(\.name))
    }
    let symbols = found.prefix(Self.maxSymbols).flatMap { symbol in
      occurrences(of: symbol, declarationsOnly: true).prefix(1).map { occurrence -> JSON in
        [
          "name": .string(symbol.name), "kind": .integer(DocumentOutline.kind(of: symbol.kind)),
          "containerName": .string(symbol.org ?? ""), "location": json(occurrence.location),
        ]
      }
    }
    return .array(symbols)
  }

  private static let maxSymbols = 200
}

extension [UInt8] {
  /// Whether a name's bytes occur anywhere.
  fileprivate func contains(word: String) -> Bool {
    let word = Array(word.utf8)
    guard let first = word.first, count >= word.count else { return false }
    return withUnsafeBufferPointer { bytes in
      var index = 0
      while index <= bytes.count - word.count {
        if bytes[index] == first, (1..<word.count).allSatisfy({ bytes[index + $0] == word[$0] }) { return true }
        index += 1
      }
      return false
    }
  }
}
