package import ConfigCompiler
package import ConfigModel
import ConfigSchema

/// A document's address: `ORG/NAME`, or `NAME` outside organizations.
package struct DocumentAddress: Sendable, Hashable, CustomStringConvertible {
  /// The organization; nil outside organizations.
  package let org: String?
  /// The document's name.
  package let name: String

  package init(org: String?, name: String) {
    self.org = org
    self.name = name
  }

  /// Parses an address.
  ///
  /// - Throws: `EditError` if `text` has neither form, or if a part is not a valid name.
  package init(_ text: String) throws(EditError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let name = parts.last, (1...2).contains(parts.count) else {
      throw EditError(.invalidValue, "`\(text)` is not an address: write ORG/NAME")
    }
    for part in parts { try Self.check(part) }
    self.init(org: parts.count == 2 ? parts[0] : nil, name: name)
  }

  package var description: String { org.map { "\($0)/\(name)" } ?? name }

  /// Returns the organization, for kinds that exist only in organizations.
  ///
  /// - Throws: `EditError` if the address has none.
  package func organization() throws(EditError) -> String {
    guard let org else {
      throw EditError(.invalidValue, "`\(name)` is missing its organization: use ORG/\(name)")
    }
    return org
  }

  /// Checks that a name is a DNS label of at most 40 bytes.
  static func check(_ name: String) throws(EditError) {
    guard StringFormat.dnsLabel.matches(name.utf8), name.utf8.count <= 40 else {
      throw EditError(.invalidValue, "`\(name)` is not \(StringFormat.dnsLabel.description)")
    }
  }
}

extension Compilation {
  /// Returns an organization by name.
  ///
  /// - Throws: `EditError` if there is none, with a suggestion.
  package func organization(_ name: String) throws(EditError) -> OrganizationUnit {
    guard let unit = unit(named: name) else { throw missing("organization", name, among: units.map(\.name)) }
    return unit
  }

  /// Returns an organization's declaration.
  ///
  /// - Throws: `EditError` if there is no such organization, or if its `organization.yaml` is missing or has errors.
  package func declaration(ofOrganization name: String) throws(EditError) -> Declared<OrganizationSpec> {
    guard let declared = try organization(name).organization else {
      throw EditError(
        .notFound, "the organization.yaml of `\(name)` is missing or has errors: `wpex validate` shows them")
    }
    return declared
  }

  /// Returns a relay.
  ///
  /// - Throws: `EditError` if there is none, with a suggestion.
  package func relay(_ address: DocumentAddress) throws(EditError) -> Declared<RelaySpec> {
    let unit = try organization(address.organization())
    guard let relay = unit.relays.first(where: { $0.name == address.name }) else {
      throw missing("relay", address.description, among: unit.relays.map { "\(unit.name)/\($0.name)" })
    }
    return relay
  }

  /// Returns a key.
  ///
  /// - Throws: `EditError` if there is none, with a suggestion.
  package func key(_ address: DocumentAddress) throws(EditError) -> Declared<KeySpec> {
    let unit = try organization(address.organization())
    guard let key = unit.keys.first(where: { $0.name == address.name }) else {
      throw missing("key", address.description, among: unit.keys.map { "\(unit.name)/\($0.name)" })
    }
    return key
  }

  /// Returns a user.
  ///
  /// - Throws: `EditError` if there is none, with a suggestion.
  package func user(_ address: DocumentAddress) throws(EditError) -> Declared<UserSpec> {
    let users = try address.org.map { org throws(EditError) in try organization(org).users } ?? platform.users
    guard let user = users.first(where: { $0.name == address.name }) else {
      let prefix = address.org.map { "\($0)/" } ?? ""
      throw missing("user", address.description, among: users.map { prefix + $0.name })
    }
    return user
  }

  private func missing(_ what: String, _ name: String, among names: [String]) -> EditError {
    let hint: String
    if let meant = Spelling.nearest(to: name, among: names) {
      hint = ": did you mean `\(meant)`?"
    } else if names.isEmpty {
      hint = hasErrors ? "; `wpex validate` shows what cannot be read" : ""
    } else {
      let shown = names.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
      hint = "; there \(names.count == 1 ? "is" : "are") \(shown)" + (names.count > 12 ? ", …" : "")
    }
    return EditError(.notFound, "there is no \(what) `\(name)`\(hint)")
  }
}
