import ConfigModel
package import KubernetesModel

/// An object that a commit declares for a region.
package struct RenderedObject: Sendable, Equatable {
  /// Whose it is.
  package struct Origin: Sendable, Equatable {
    package let region: String
    package let org: String
    /// Nil for what belongs to the organization as a whole.
    package let relay: String?
    package let namespace: String
    /// Whether nobody removes it without approval.
    package let isProtected: Bool

    init(region: String, org: String, relay: String?, namespace: String, isProtected: Bool) {
      self.region = region
      self.org = org
      self.relay = relay
      self.namespace = namespace
      self.isProtected = isProtected
    }

    init(_ relay: Declared<RelaySpec>, of org: String, namespace: String) {
      self.init(
        region: relay.spec.region, org: org, relay: relay.name, namespace: namespace,
        isProtected: relay.spec.deletionProtection)
    }
  }

  package let origin: Origin
  package let manifest: AnyManifest
  /// `sha256:` and the digest of what was declared, which does not depend on chance: two renders of one declaration have
  /// the same, even where their encrypted bytes differ.
  package let digest: String
  /// `path:line` of the document that declares it.
  package let source: String

  package var namespace: String { origin.namespace }
}

/// Keys of the annotations and labels by which rendered objects are recognized.
package enum ObjectMarks {
  /// Annotation: `path:line` of the document that declares the object.
  package static let source = "wpex.io/source"
  /// Annotation: digest of the declaration.
  package static let digest = "wpex.io/digest"
  /// Annotation: `true` if the object is not deleted without approval.
  package static let deletionProtection = "wpex.io/deletion-protection"
  /// Label: the program that manages the object, which is ``manager``.
  package static let managedBy = "app.kubernetes.io/managed-by"
  package static let manager = "wpex"
  /// Selector of every object of wpex.
  package static let managedSelector = "\(managedBy)=\(manager)"
  /// Label: the program that a pod runs.
  package static let program = "app.kubernetes.io/name"
  /// Value of ``program`` for relays.
  package static let relayProgram = "wpex-relay"
  /// Label: the organization.
  package static let org = "wpex.io/org"
  /// Label: the relay, if the object belongs to one.
  package static let relay = "wpex.io/relay"
}
