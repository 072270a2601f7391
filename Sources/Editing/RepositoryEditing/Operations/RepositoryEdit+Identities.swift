package import ConfigCompiler
package import ConfigModel
import TextFormats

extension RepositoryEdit {
  /// New values of an organization's identity, and of what is sealed to it.
  package struct RenewedOrganization {
    package var name: String
    /// Its declaration, sealed to the platform's new recipient.
    package var identity: OrganizationIdentity
    /// Sealed keys by their names.
    package var sealedKeys: [String: String]

    package init(name: String, identity: OrganizationIdentity, sealedKeys: [String: String]) {
      self.name = name
      self.identity = identity
      self.sealedKeys = sealedKeys
    }
  }

  /// Replaces the platform's recipient, the keys that sign declarations, and what is sealed for organizations.
  ///
  /// - Throws: `EditError` if the platform is missing, or if a file cannot be edited safely.
  package static func renewIdentities(
    recipient: String, declarationKeys: [String], organizations: [RenewedOrganization], in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    guard let platform = base.platform.platform else {
      throw EditError(.notFound, "platform.yaml is missing or has errors: `wpex validate` shows them")
    }
    var edit = RepositoryEdit(base, summary: "Rotate the platform's identity")
    var changes: [DocumentChange] = [.set(["spec", "recipient"], .string(recipient))]
    if declarationKeys != platform.spec.declarationKeys {
      changes.append(.set(["spec", "declarationKeys"], .array(declarationKeys.map { .string($0) })))
    }
    try edit.change(platform.source, .platform, changes)
    for renewed in organizations {
      let organization = try base.declaration(ofOrganization: renewed.name)
      var changes: [DocumentChange] = [.set(["spec", "identity", "recipient"], .string(renewed.identity.recipient))]
      if let sealed = renewed.identity.sealedIdentity {
        changes.append(.set(["spec", "identity", "sealedIdentity"], .string(sealed)))
      }
      try edit.change(organization.source, .organization, changes)
      for key in try base.organization(renewed.name).keys {
        guard let sealed = renewed.sealedKeys[key.name] else { continue }
        try edit.change(key.source, .key, [.set(["spec", "sealedKey"], .string(sealed))])
      }
    }
    return edit
  }
}
