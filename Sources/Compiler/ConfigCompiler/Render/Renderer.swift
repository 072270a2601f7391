package import ConfigModel
package import KeyBundles
package import KubernetesModel
package import TextFormats

/// A renderer of Kubernetes manifests from a compilation. With a render secret, the same input gives the same bytes.
package struct Renderer: Sendable {
  /// Settings of a renderer.
  package struct Options: Sendable {
    /// Secret that makes key bundles reproducible; without one they differ from run to run.
    package var renderSecret: RenderSecret?
    /// Release of the clusters, which determines API versions.
    package var version: KubernetesVersion
    /// Whether encryption to the published identities of sample-repo is allowed.
    package var allowsDemonstrationIdentities: Bool

    package init(
      renderSecret: RenderSecret? = nil, version: KubernetesVersion = .newest,
      allowsDemonstrationIdentities: Bool = false
    ) {
      self.renderSecret = renderSecret
      self.version = version
      self.allowsDemonstrationIdentities = allowsDemonstrationIdentities
    }
  }

  /// Reason why nothing can be rendered.
  package enum Failure: Error, CustomStringConvertible {
    /// The platform or the organization has errors.
    case hasErrors
    /// A recipient is one of the published identities of sample-repo.
    case demonstrationIdentity(owner: String)
    /// A key bundle could not be encrypted.
    case encryption(relay: String, KeyBundleError)
    /// A relay's files could not be signed.
    case signature(relay: String, KeyBundleError)
    /// A manifest could not be encoded.
    case manifest(name: String, reason: String)

    package var description: String {
      switch self {
      case .hasErrors: "the repository has errors: `wpex validate` shows them"
      case .demonstrationIdentity(let owner):
        "the age recipient of \(owner) is a published demonstration identity, which protects nothing: create your own "
          + "with `wpex identity new`, or pass --demonstration if everybody may read what is rendered"
      case .encryption(let relay, let error): "the key bundle of \(relay) cannot be created: \(error)"
      case .signature(let relay, let error): "the files of \(relay) cannot be signed: \(error.reason)"
      case .manifest(let name, let reason): "the manifest `\(name)` cannot be written: \(reason)"
      }
    }
  }

  /// A rendered file.
  package struct File: Sendable, Equatable {
    /// Path below the output folder.
    package let path: String
    /// Content of the file.
    package let text: String
  }

  private let compilation: Compilation
  private let platform: PlatformSpec
  private let options: Options
  private let day: CivilDate

  /// Prepares rendering.
  ///
  /// - Parameters:
  ///   - compilation: The declarations.
  ///   - options: Settings.
  ///   - day: The day on which keys must be active to be rendered; nil for the compilation's own.
  /// - Throws: `Failure.hasErrors` if platform-wide files have errors; an organization's own errors affect only that
  ///   organization. `Failure.demonstrationIdentity`.
  package init(_ compilation: Compilation, options: Options, day: CivilDate? = nil) throws(Failure) {
    guard compilation.faults != .platform, let platform = compilation.platform.platform else { throw .hasErrors }
    self.compilation = compilation
    self.platform = platform.spec
    self.options = options
    self.day = day ?? compilation.now.day
    try refuseDemonstration(platform.spec.recipient, owner: "the platform")
  }

  /// Returns all files, sorted by path.
  ///
  /// - Parameter complete: Returns the content of an object's file. By default, that is the rendered manifest.
  /// - Throws: `Failure.hasErrors` if an error prevents anything from being applied; the other cases of `Failure`.
  package func render(
    _ complete: (RenderedObject) throws(Failure) -> JSON = { (object) throws(Failure) in object.manifest.body }
  ) throws(Failure) -> [File] {
    guard compilation.faults == .none else { throw .hasErrors }
    var files: [File] = []
    for region in platform.regions.sorted(by: { $0.name < $1.name }) {
      // Files, not folders: kubectl up to 1.20 accepts no folder among the resources.
      var resources: [String] = []
      for unit in compilation.units {
        let objects = try objects(of: unit, in: region.name)
        guard let namespace = objects.first?.namespace else { continue }
        let folder = "\(region.name)/\(namespace)"
        let written = try documents(of: objects, complete)
        files += written.map { File(path: "\(folder)/\($0.name)", text: $0.text) }
        files.append(kustomization(folder: folder, resources: written.map(\.name).sorted()))
        resources += written.map { "\(namespace)/\($0.name)" }
      }
      // kustomize rejects an empty list, so a region without relays has no file at all.
      if !resources.isEmpty { files.append(kustomization(folder: region.name, resources: resources.sorted())) }
    }
    return files.sorted { $0.path < $1.path }
  }

  /// Returns an organization's objects in a region, in the order of application; empty if it has no relay there.
  ///
  /// - Throws: `Failure.hasErrors` if the organization has errors; the other cases of `Failure`.
  package func objects(of unit: OrganizationUnit, in region: String) throws(Failure) -> [RenderedObject] {
    if case .organizations(let failed) = compilation.faults, failed.contains(unit.name) { throw .hasErrors }
    let positions = unit.relays.indices.filter { unit.relays[$0].spec.regions.contains(region) }
    guard !positions.isEmpty, let organization = unit.organization else { return [] }
    let namespace = platform.namespace(ofOrganization: unit.name, in: region)
    let shared = OrganizationObjects(
      unit: unit, organization: organization, platform: compilation.platform, namespace: namespace,
      podSecurity: unit.podSecurity(in: region, platform))
    var objects: [RenderedObject] = []
    for manifest in shared.manifests {
      let origin = RenderedObject.Origin(
        region: region, org: unit.name, relay: nil, namespace: namespace, isProtected: false)
      objects.append(try annotated(manifest, nil, origin, organization.source))
    }
    for position in positions {
      let relay = unit.relays[position]
      let translation = RelayObjects(
        organization: unit.name, namespace: namespace, relay: relay, platform: platform, region: region,
        bandwidthMbps: unit.bandwidthCaps[position])
      let origin = RenderedObject.Origin(relay, in: region, of: unit.name, namespace: namespace)
      let keys = unit.activeKeys(ofRelay: position, on: day)
      if let secret = try secret(organization, keys, translation) {
        objects.append(
          try annotated(secret.manifest, secret.digest, origin, relay.source, signedBy: platform.declarationKeys))
      }
      for manifest in translation.manifests {
        objects.append(try annotated(manifest, nil, origin, relay.source))
      }
    }
    return objects
  }

  /// Returns the key bundle of a relay that runs on although a later compilation does not declare it.
  ///
  /// - Parameters:
  ///   - name: Name of the relay.
  ///   - region: Name of the region in which it runs on.
  ///   - org: Name of its organization.
  ///   - successor: The organization in the later compilation: the relay admits the keys that it would admit if it were
  ///     declared there. Nil if the organization is gone too; then only expiry withdraws keys.
  /// - Returns: The Secret; nil if this compilation declares no such relay, or the relay has no bundle.
  /// - Throws: `Failure.encryption`, `Failure.demonstrationIdentity`, `Failure.manifest`.
  package func bundle(
    ofRelay name: String, in region: String, of org: String, in successor: OrganizationUnit?
  ) throws(Failure) -> RenderedObject? {
    guard let earlier = compilation.unit(named: org),
      let position = earlier.relays.firstIndex(where: { $0.name == name })
    else { return nil }
    let relay = earlier.relays[position]
    let unit = successor ?? earlier
    guard let organization = unit.organization else { return nil }
    let namespace = platform.namespace(ofOrganization: org, in: region)
    let translation = RelayObjects(
      organization: org, namespace: namespace, relay: relay, platform: platform, region: region,
      bandwidthMbps: earlier.bandwidthCaps[position])
    guard let secret = try secret(organization, unit.activeKeys(selectedBy: relay, on: day), translation) else {
      return nil
    }
    let origin = RenderedObject.Origin(relay, in: region, of: org, namespace: namespace)
    return try annotated(
      secret.manifest, secret.digest, origin, relay.source, signedBy: platform.declarationKeys)
  }

  // MARK: - Keys

  /// Returns the Secret with the relay's encrypted keys, and a digest of its content without any randomness.
  private func secret(
    _ organization: Declared<OrganizationSpec>, _ keys: [Declared<KeySpec>], _ translation: RelayObjects
  ) throws(Failure) -> (manifest: any Manifest, digest: String?)? {
    guard let identity = organization.spec.identity else { return nil }
    try refuseDemonstration(identity.recipient, owner: "`\(translation.organization)`")
    let relay = translation.relay
    let access = RelayAccess(relay.spec.access, keys: keys)
    do throws(KeyBundleError) {
      let bundle = try KeyBundle(
        org: translation.organization, relay: relay.name, keys: try bundled(keys, access), access: access?.bundled)
      let recipients = [try AgeRecipient(identity.recipient), try AgeRecipient(platform.recipient)]
      let encrypted = try bundle.encrypted(to: recipients, renderSecret: options.renderSecret)
      let configuration = translation.configuration.canonicalBytes
      // What a target adds counts too, so that it applies a Secret from before that again.
      let verifiers = platform.declarationKeys
      let signers = verifiers.isEmpty ? "" : " signed by \(verifiers.joined(separator: ","))"
      let added = Array(
        "\ncluster.key\(relay.spec.isRegional ? " of several regions" : "")\ndeclaration.json\(signers)".utf8)
      let digest = try SHA256Digest.hex(
        of: Array(try bundle.digest(for: recipients).utf8) + [UInt8(ascii: "\n")] + configuration + added)
      let secret = Secret(
        metadata: translation.metadata(ObjectNames.bundle(relay.name)),
        data: [
          "bundle.age": Secret.Value(encrypted), "config.json": Secret.Value(configuration),
        ])
      return (secret, digest)
    } catch {
      throw .encryption(relay: "\(translation.organization)/\(relay.name)", error)
    }
  }

  private func bundled(
    _ declared: [Declared<KeySpec>], _ access: RelayAccess?
  ) throws(KeyBundleError) -> [KeyBundle.Key] {
    var keys: [KeyBundle.Key] = []
    for key in declared {
      if let publicKey = key.spec.publicKey {
        let material = KeyBundle.Material.publicKey(try WireGuardKey(bytes: publicKey.bytes))
        keys.append(
          try KeyBundle.Key(name: key.name, alias: key.spec.alias, accessClass: access?.classes[key.name], material))
      } else if let sealed = key.spec.sealedKey {
        keys.append(
          try KeyBundle.Key(
            name: key.name, alias: key.spec.alias, accessClass: access?.classes[key.name], .sealed(sealed)))
      }
    }
    return keys
  }

  private func refuseDemonstration(_ recipient: String, owner: String) throws(Failure) {
    guard !options.allowsDemonstrationIdentities, let recipient = try? AgeRecipient(recipient),
      DemonstrationIdentities.contains(recipient)
    else { return }
    throw .demonstrationIdentity(owner: owner)
  }

  // MARK: - Files

  /// Returns one file for the organization's objects, and one for each relay's.
  private func documents(
    of objects: [RenderedObject], _ complete: (RenderedObject) throws(Failure) -> JSON
  ) throws(Failure) -> [(name: String, text: String)] {
    var files: [(name: String, documents: [String])] = []
    for object in objects {
      let name = object.origin.relay.map { "relay-\($0).yaml" } ?? "organization.yaml"
      if files.last?.name != name { files.append((name, [])) }
      files[files.count - 1].documents.append(try complete(object).yaml())
    }
    return files.map { ($0.name, $0.documents.joined(separator: "---\n")) }
  }

  private func annotated(
    _ manifest: any Manifest, _ digest: String?, _ origin: RenderedObject.Origin, _ source: SourceDocument,
    signedBy declarationKeys: [String] = []
  ) throws(Failure) -> RenderedObject {
    do {
      let digest =
        "sha256:"
        + (try digest ?? SHA256Digest.hex(of: AnyManifest(manifest, for: options.version).body.canonicalBytes))
      var manifest = manifest
      let place = "\(source.path):\(source.line)"
      manifest.metadata.annotations[ObjectMetadataKeys.source] = place
      manifest.metadata.annotations[ObjectMetadataKeys.digest] = digest
      if origin.isRegional {
        manifest.metadata.annotations[ObjectMetadataKeys.regions] = origin.regions.joined(separator: ",")
      }
      // Written on the live object too, so that its deletion needs approval even if the declaration is gone.
      if origin.isProtected { manifest.metadata.annotations[ObjectMetadataKeys.deletionProtection] = "true" }
      return RenderedObject(
        origin: origin, manifest: try AnyManifest(manifest, for: options.version), digest: digest, source: place,
        declarationKeys: declarationKeys)
    } catch {
      throw .manifest(name: manifest.metadata.name, reason: "\(error)")
    }
  }

  /// Returns a kustomization. It has no name: kustomize before 3.0, which kubectl includes up to 1.20, rejects one.
  private func kustomization(folder: String, resources: [String]) -> File {
    let body: JSON = [
      "apiVersion": .string(Kustomization.apiVersion), "kind": .string(Kustomization.kind),
      "resources": .array(resources.map(JSON.string)),
    ]
    return File(path: "\(folder)/kustomization.yaml", text: body.yaml())
  }
}
