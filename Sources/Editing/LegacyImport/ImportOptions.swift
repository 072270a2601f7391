package import KeyBundles

/// What an import must be told because the console does not know it.
package struct ImportOptions: Sendable {
  /// The age recipient of the sync daemon, to which organizations' new identities are sealed.
  package var recipient: AgeRecipient
  package var platformName = "platform"
  /// The region of rows that name none.
  package var region = "default"
  /// The host that peers send to, by region; a name below `.invalid` stands in for others.
  package var publicHosts: [String: String] = [:]
  /// What comes after the `@` of users whose address the console does not know.
  package var mailDomain = "import.invalid"
  /// The organization of rows that belong to no tenant; without one they are left out.
  package var organization: String?
  /// An admin to declare besides those of the console.
  package var admin: Admin?
  package var imageRepository = "registry.example/wpex-relay"
  package var imageTag = "1"
  package var imageDigest: String?
  /// Whether public keys are sealed to their organization instead of standing in the clear.
  package var sealsKeys = false
  /// Makes organizations' identities.
  package var makeIdentity: @Sendable () throws(KeyBundleError) -> AgeIdentity = AgeIdentity.generate

  package struct Admin: Sendable, Equatable {
    package let name: String
    package let email: String

    package init(name: String, email: String) {
      self.name = name
      self.email = email
    }
  }

  package init(recipient: AgeRecipient) { self.recipient = recipient }

  /// Takes a reference apart: `REPOSITORY`, `REPOSITORY:TAG`, `REPOSITORY@DIGEST` or all three.
  package mutating func setImage(_ reference: String) {
    let parts = reference.split(separator: "@", maxSplits: 1)
    imageDigest = parts.count == 2 ? String(parts[1]) : nil
    guard let name = parts.first else { return }
    // A colon before the last slash belongs to a port.
    let tail = name.lastIndex(of: "/") ?? name.startIndex
    if let colon = name[tail...].firstIndex(of: ":") {
      imageRepository = String(name[..<colon])
      imageTag = String(name[name.index(after: colon)...])
    } else {
      imageRepository = String(name)
    }
  }
}
