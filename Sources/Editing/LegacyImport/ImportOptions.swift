package import KeyBundles

/// Information for an import that the console's database does not contain.
package struct ImportOptions: Sendable {
  /// The age recipient of the sync daemon, to which the organizations' new identities are sealed.
  package var recipient: AgeRecipient
  /// The name of the platform's document.
  package var platformName = "platform"
  /// The region of rows without one.
  package var region = "default"
  /// The hosts that peers connect to, by region; an empty name is the default. Regions without a host get a placeholder
  /// below `.invalid`.
  package var publicHosts: [String: String] = [:]
  /// The domain of placeholder addresses for users without an email address.
  package var mailDomain = "import.invalid"
  /// The organization for rows without a tenant; nil to leave them out.
  package var organization: String?
  /// An administrator to declare in addition to those of the console.
  package var admin: Admin?
  /// The repository of the relay's image.
  package var imageRepository = "registry.example/wpex-relay"
  /// The tag of the relay's image.
  package var imageTag = "1"
  /// The digest of the relay's image; nil if it is not pinned.
  package var imageDigest: String?
  /// Whether public keys are sealed to their organization rather than written in the clear.
  package var sealsKeys = false
  /// Generates an organization's identity.
  package var makeIdentity: @Sendable () throws(KeyBundleError) -> AgeIdentity = AgeIdentity.generate

  /// An administrator to declare.
  package struct Admin: Sendable, Equatable {
    /// The name for display, from which the document's name is derived.
    package let name: String
    /// The email address.
    package let email: String

    package init(name: String, email: String) {
      self.name = name
      self.email = email
    }
  }

  /// Creates options with defaults.
  ///
  /// - Parameter recipient: the age recipient of the sync daemon.
  package init(recipient: AgeRecipient) { self.recipient = recipient }

  /// Sets the image from a reference: `REPOSITORY`, `REPOSITORY:TAG`, `REPOSITORY@DIGEST` or all three.
  package mutating func setImage(_ reference: String) {
    let parts = reference.split(separator: "@", maxSplits: 1)
    imageDigest = parts.count == 2 ? String(parts[1]) : nil
    guard let name = parts.first else { return }
    // A colon before the last slash introduces a port.
    let tail = name.lastIndex(of: "/") ?? name.startIndex
    if let colon = name[tail...].firstIndex(of: ":") {
      imageRepository = String(name[..<colon])
      imageTag = String(name[name.index(after: colon)...])
    } else {
      imageRepository = String(name)
    }
  }
}
