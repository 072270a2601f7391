import ConfigModel
package import KeyBundles
package import KubernetesModel

/// A Kubernetes object that a commit declares for a region.
package struct RenderedObject: Sendable, Equatable {
  /// Region, owner and protection of a rendered object.
  package struct Origin: Sendable, Equatable {
    /// Name of the region.
    package let region: String
    /// Names of all regions of the relay; only `region` for other objects and for relays of one region.
    package let regions: [String]
    /// Name of the organization.
    package let org: String
    /// Name of the relay; nil for objects of the organization as a whole.
    package let relay: String?
    /// Namespace of the object.
    package let namespace: String
    /// Whether deleting it requires approval.
    package let isProtected: Bool

    /// Whether it belongs to a relay of several regions.
    package var isRegional: Bool { regions.count > 1 }

    init(
      region: String, regions: [String]? = nil, org: String, relay: String?, namespace: String, isProtected: Bool
    ) {
      self.region = region
      self.regions = regions ?? [region]
      self.org = org
      self.relay = relay
      self.namespace = namespace
      self.isProtected = isProtected
    }

    init(_ relay: Declared<RelaySpec>, in region: String, of org: String, namespace: String) {
      self.init(
        region: region, regions: relay.spec.regions.contains(region) ? relay.spec.regions : [region], org: org,
        relay: relay.name, namespace: namespace,
        isProtected: relay.spec.deletionProtection)
    }
  }

  /// Region, owner and protection.
  package let origin: Origin
  /// The object.
  package let manifest: AnyManifest
  /// `sha256:` and the digest of the declaration, without any randomness.
  ///
  /// Two renderings of one declaration have the same digest, even if their encrypted bytes differ.
  package let digest: String
  /// `path:line` of the document that declares it.
  package let source: String
  /// Key that the relay's processes share across regions, which a target adds to the relay's Secret. It is never
  /// rendered.
  package var regionalKey: RegionalKey?
  /// Public keys in base64 of which one must sign the declaration that a target adds to the relay's Secret; empty for other
  /// objects, and if relays need no signature.
  package let declarationKeys: [String]
  /// Key that signs that declaration; nil if it needs no signature. It is never rendered.
  package var signer: DeclarationSigner?

  init(origin: Origin, manifest: AnyManifest, digest: String, source: String, declarationKeys: [String] = []) {
    self.origin = origin
    self.manifest = manifest
    self.digest = digest
    self.source = source
    self.declarationKeys = declarationKeys
  }

  /// Namespace of the object.
  package var namespace: String { origin.namespace }
}
