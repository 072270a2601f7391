/// Name of a document: its kind, its own name, and the organization in whose folder it is.
package struct DocumentID: Sendable, Hashable, Comparable {
  package let kind: Kind
  /// The folder's name below `orgs/`; nil outside of it, as for a global user.
  package let org: String?
  package let name: String

  package init(kind: Kind, org: String?, name: String) {
    self.kind = kind
    self.org = org
    self.name = name
  }

  /// The platform first, then organization by organization.
  package static func < (left: DocumentID, right: DocumentID) -> Bool {
    (left.org ?? "", left.kind, left.name) < (right.org ?? "", right.kind, right.name)
  }
}

extension DocumentID: CustomStringConvertible {
  /// `Relay acme/milan-1`, `Role noc`, `Organization acme`.
  package var description: String {
    guard let org, kind != .organization else { return "\(kind.rawValue) \(name)" }
    return "\(kind.rawValue) \(org)/\(name)"
  }
}
