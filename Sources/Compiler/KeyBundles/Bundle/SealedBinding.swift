import TextFormats

/// The only place in a repository where a sealed value may be used.
package struct SealedBinding: Sendable, Hashable, CustomStringConvertible {
  /// Name of the organization.
  package let org: String
  /// Kind of the document, such as `Key`.
  package let kind: String
  /// Name of the document.
  package let name: String
  /// Field of the document's spec, such as `sealedKey`.
  package let field: String

  package init(org: String, kind: String, name: String, field: String) {
    self.org = org
    self.kind = kind
    self.name = name
    self.field = field
  }

  package var description: String {
    "field \(quoted(field)) of \(quoted(kind)) \(quoted(name)) in org \(quoted(org))"
  }
}

/// Returns `text` in quotes and escaped, so that foreign text cannot move the cursor, forge a line or fill the screen.
func quoted(_ text: String) -> String {
  let limit = 100
  let shown = text.unicodeScalars.prefix(limit).map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      "\\u{" + String(scalar.value, radix: 16) + "}"
    default: scalar == "\"" || scalar == "\\" ? "\\" + String(scalar) : String(scalar)
    }
  }
  return "\"" + shown.joined() + (text.unicodeScalars.count > limit ? "…" : "") + "\""
}

extension SealedBinding {
  /// Returns the place of an organization's own identity, sealed to the platform.
  package static func identity(ofOrganization org: String) -> SealedBinding {
    SealedBinding(org: org, kind: "Organization", name: org, field: "spec.identity.sealedIdentity")
  }
}
