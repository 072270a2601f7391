import ConfigCompiler
import ConfigModel
import FileAccess
import GitStore
import KeyBundles

/// An age identity in a file outside the repository, either read or generated.
struct IdentityFile {
  let path: String
  let identity: AgeIdentity
  /// Whether the file has yet to be written.
  let isNew: Bool

  /// Reads the file, or generates an identity if it does not exist.
  ///
  /// - Throws: `CommandError` if the file is inside the repository, would be committed by Git, or holds no identity.
  init(_ path: String, outside repo: String) throws {
    self.path = path
    try Self.refuse(path, in: repo)
    isNew = !Files.exists(path)
    if isNew {
      try Self.refuseWhereGitTakes(path)
    } else if let folder = Self.workingFolder(taking: path) {
      Terminal.error(
        "warning: `\(path)` could be committed to `\(folder)`: move it out, or let Git ignore it")
    }
    do {
      if isNew {
        identity = try AgeIdentity.generate()
      } else if let first = try AgeIdentity.parseFile(try Files.read(path)).first {
        identity = first
      } else {
        throw CommandError(
          .refused, "`\(path)` has no identity in it: name another file, or one that does not exist yet")
      }
    } catch let error as KeyBundleError {
      throw CommandError(.refused, "`\(path)`: \(error.reason)")
    }
  }

  /// Writes a new identity, readable only by its owner. Called before anything that depends on it is written.
  func keep() throws {
    guard isNew else { return }
    try Self.write(identity, to: path, note: nil)
    Terminal.error("wrote \(path); keep it secret, and keep a copy")
  }

  /// - Parameter note: comment on the first line that explains the file.
  static func write(_ identity: AgeIdentity, to path: String, note: String?) throws {
    let head = note.map { "# \($0)\n" } ?? ""
    let text = "\(head)# recipient: \(identity.recipient.text)\n\(identity.text)\n"
    try Files.write(Array(text.utf8), to: path, isSecret: true)
  }

  /// The organization's declaration: the recipient, and the identity sealed to the platform, whose daemon opens
  /// bundles.
  ///
  /// - Throws: `CommandError` if the platform has no recipient, or only a published one.
  func declared(by org: String, in base: Compilation) throws -> OrganizationIdentity {
    guard let platform = base.platform.platform?.spec.recipient, !platform.isEmpty else {
      throw CommandError(
        .refused,
        "`platform.yaml` names no recipient to seal the identity to: `wpex identity new` makes one for its `spec.recipient`"
      )
    }
    var declared = OrganizationIdentity()
    declared.recipient = identity.recipient.text
    declared.sealedIdentity = try DeclaredRecipient(platform, of: "`platform.yaml`")
      .seal(identity.text, for: .identity(ofOrganization: org))
    return declared
  }

  /// - Throws: `CommandError` if the file is inside the repository, after following symbolic links.
  static func refuse(_ path: String, in repo: String) throws {
    guard (Files.resolved(path) + "/").hasPrefix(Files.resolved(repo) + "/") else { return }
    throw CommandError(
      .usage, "`\(path)` lies in the repository, where it could be committed: name another file")
  }

  /// - Throws: `CommandError` if `git add` would add the file, in any working folder that contains it.
  static func refuseWhereGitTakes(_ path: String) throws {
    guard let folder = workingFolder(taking: path) else { return }
    throw CommandError(
      .usage,
      "`\(path)` would be in the Git working folder `\(folder)`, where `git add` picks it up: name a file elsewhere, or add "
        + "`*.identity` to its .gitignore first")
  }

  private static func workingFolder(taking path: String) -> String? {
    TakenFiles.workingFolder(taking: Files.resolved(path))
  }
}
