package import ConfigCompiler

/// An object of wpex that exists in a target.
package struct LiveObject: Sendable, Equatable {
  /// The object's identity.
  package let id: ObjectID
  /// The organization that owns the object.
  package let org: String
  /// The relay that the object belongs to; nil if it belongs to the whole organization.
  package let relay: String?
  /// The digest of the declaration that it was created from; nil if the annotation is missing.
  package let digest: String?
  /// Whether its relay has deletion protection.
  package let isProtected: Bool
  /// The unique id, which distinguishes it from a recreated object of the same name.
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
  /// The object that applying `object` results in.
  package init(_ object: RenderedObject) {
    self.init(
      id: ObjectID(object.manifest), org: object.origin.org, relay: object.origin.relay, digest: object.digest,
      isProtected: object.origin.isProtected)
  }
}
