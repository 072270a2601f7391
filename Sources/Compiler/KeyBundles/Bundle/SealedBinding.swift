import TextFormats

/// The one place in a repository where a sealed value may be used.
package struct SealedBinding: Sendable, Hashable, CustomStringConvertible {
  /// The organization's name.
  package let org: String
  /// The kind of the document, such as `Key`.
  package let kind: String
  /// The name of the document.
  package let name: String
  /// The field of its spec, such as `sealedKey`.
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

/// `text` in quotes, so that what an outsider wrote cannot move the cursor, forge a line or fill the screen.
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
  /// The place of an organization's own identity, sealed to the platform.
  package static func identity(ofOrganization org: String) -> SealedBinding {
    SealedBinding(org: org, kind: "Organization", name: org, field: "spec.identity.sealedIdentity")
  }
}
