import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

extension Workspace {
  /// Returns the name at the cursor if it can be changed.
  ///
  /// - Throws: `RPCError` with the reason if it cannot.
  func prepareRename(_ document: OpenDocument, at offset: Int) throws(RPCError) -> JSON {
    guard let occurrence = occurrence(in: document, at: offset) else { return .null }
    try check(occurrence.symbol)
    return [
      "range": json(occurrence.location.range, in: document.text), "placeholder": .string(occurrence.symbol.name),
    ]
  }

  /// Returns the edits that rename the symbol at the cursor everywhere.
  ///
  /// - Throws: `RPCError` if the new name is invalid or taken, or if the symbol cannot be renamed.
  func rename(_ document: OpenDocument, at offset: Int, to name: String) throws(RPCError) -> JSON {
    guard let symbol = occurrence(in: document, at: offset)?.symbol else {
      throw RPCError(
        .requestFailed, "there is no name here: place the cursor on the name of a key, relay, role, region or user")
    }
    try check(symbol)
    guard StringFormat.dnsLabel.matches(name.utf8), StringFormat.dnsLabel.length.contains(name.utf8.count) else {
      throw RPCError(.requestFailed, "`\(name)` is not a valid name: write \(StringFormat.dnsLabel.description)")
    }
    guard name != symbol.name else { return json([]) }
    let target = Symbol(kind: symbol.kind, org: symbol.org, name: name)
    if symbol.kind == .role, BuiltInRole(rawValue: name) != nil {
      throw RPCError(.requestFailed, "the role `\(name)` is built in: choose another name")
    }
    if let taken = occurrences(of: target, declarationsOnly: true).first {
      throw RPCError(.requestFailed, "the \(target.kind.word) `\(name)` exists already, in \(taken.location.path)")
    }
    let places = occurrences(of: symbol)
    guard places.first?.isDeclaration == true else {
      throw RPCError(.requestFailed, "the \(symbol.kind.word) `\(symbol.name)` is not declared")
    }
    // A name such as 2024 or null must be quoted to be a string.
    let isText = YAMLScalar(text: name, style: .plain).resolved == .string(name)
    return json(
      places.map { place in
        Diagnostic.Edit(place.location, isText || !place.isPlain ? name : "\"\(name)\"")
      })
  }

  private func check(_ symbol: Symbol) throws(RPCError) {
    switch symbol.kind {
    case .organization:
      throw RPCError(
        .requestFailed,
        "an organization has the name of its folder: rename orgs/\(symbol.name) and the name in it together")
    case .role where BuiltInRole(rawValue: symbol.name) != nil:
      throw RPCError(.requestFailed, "the role `\(symbol.name)` is built in and keeps its name")
    case .key:
      let key = symbol.org.flatMap { compilation?.unit(named: $0) }?.keys.first { $0.name == symbol.name }
      if key?.spec.sealedKey != nil {
        throw RPCError(
          .requestFailed,
          "the key `\(symbol.name)` is sealed for its name: declare a new key with `wpex seal`, then remove this one")
      }
    case .relay, .region, .user, .role: break
    }
  }
}
