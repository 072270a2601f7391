package import ConfigCompiler

/// An object that a target holds for us.
package struct LiveObject: Sendable, Equatable {
  package let id: ObjectID
  package let org: String
  package let relay: String?
  /// Of the declaration that it was made from; nil where the mark is gone.
  package let digest: String?
  package let isProtected: Bool
  /// Tells it from another one of its name.
  package let uid: String?

  package init(id: ObjectID, org: String, relay: String?, digest: String?, isProtected: Bool, uid: String? = nil) {
    self.id = id
    self.org = org
    self.relay = relay
    self.digest = digest
    self.isProtected = isProtected
    self.uid = uid
  }
}

extension LiveObject {
  /// The object that an apply of `object` leaves behind.
  package init(_ object: RenderedObject) {
    self.init(
      id: ObjectID(object.manifest), org: object.origin.org, relay: object.origin.relay, digest: object.digest,
      isProtected: object.origin.isProtected)
  }
}
