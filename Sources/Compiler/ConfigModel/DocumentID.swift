/// Identifier of a document: its kind, its name, and the organization whose folder holds it.
package struct DocumentID: Sendable, Hashable, Comparable {
  /// Kind of the document.
  package let kind: Kind
  /// Name of the folder below `orgs/`; nil for documents outside it, such as global users.
  package let org: String?
  /// Name from the document's metadata.
  package let name: String

  package init(kind: Kind, org: String?, name: String) {
    self.kind = kind
    self.org = org
    self.name = name
  }

  /// Orders the platform's documents first, then each organization's by kind and name.
  package static func < (left: DocumentID, right: DocumentID) -> Bool {
    (left.org ?? "", left.kind, left.name) < (right.org ?? "", right.kind, right.name)
  }
}

extension DocumentID: CustomStringConvertible {
  /// The identifier as people write it: `Relay acme/milan-1`, `Role noc`, `Organization acme`.
  package var description: String {
    guard let org, kind != .organization else { return "\(kind.rawValue) \(name)" }
    return "\(kind.rawValue) \(org)/\(name)"
  }
}
