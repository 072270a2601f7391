import FileAccess
import ProcessSupport
import FoundationEssentials
import GitStore
import Glibc
import RepositoryEditing

/// Signs commits as `git commit -S` does with `gpg.format=ssh`: by calling `ssh-keygen`.
actor CommitSigner {
  private let executor = DedicatedThread()
  private let program: String
  /// A private key, or a public one whose private half an SSH agent holds.
  private let key: Key

  private enum Key: Sendable {
    case file(String)
    /// The text of a public key, whose private half an agent holds.
    case text(String)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - key: `user.signingkey` of Git's configuration: a file, or a public key (`key::…` or `ssh-…`).
  ///   - program: `gpg.ssh.program` of Git's configuration; nil for `ssh-keygen`.
  init(key: String, program: String?) {
    self.program = program ?? "ssh-keygen"
    if key.hasPrefix("key::") {
      self.key = .text(String(key.dropFirst(5)))
    } else if key.hasPrefix("ssh-") {
      self.key = .text(key)
    } else if key.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] {
      self.key = .file(home + key.dropFirst(1))
    } else {
      self.key = .file(key)
    }
  }

  deinit { executor.stop() }

  /// Returns an armored SSH signature of a commit object, in the namespace `git`.
  ///
  /// - Throws: `CommandError` with the message of ssh-keygen.
  func sign(_ object: [UInt8]) throws -> String {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/wpex-sign-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw CommandError(.failed, "no temporary folder can be created: \(String(cString: strerror(errno)))")
    }
    let folder = String(cString: made)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Files.write(object, to: "\(folder)/commit", isSecret: true)
    var arguments = ["-Y", "sign", "-n", "git"]
    switch key {
    case .file(let path): arguments += ["-f", path]
    case .text(let text):
      try Files.write(Array("\(text)\n".utf8), to: "\(folder)/key.pub", isSecret: true)
      arguments += ["-f", "\(folder)/key.pub", "-U"]
    }
    let status = try run(arguments + ["\(folder)/commit"], errors: "\(folder)/errors")
    guard status == 0, let signature = try? Files.read("\(folder)/commit.sig") else {
      let said = (try? Files.read("\(folder)/errors")).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let reason = said.split(separator: "\n").last.map(String.init) ?? "it ended with \(status)"
      throw CommandError(.failed, "the commit could not be signed, and nothing was committed: \(program): \(reason)")
    }
    // Git stores the signature without its last line break.
    return String(decoding: signature, as: UTF8.self).trimmingSuffix { $0.isNewline }
  }

  private func run(_ arguments: [String], errors: String) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var argv = ([program] + arguments).map { strdup($0) }
    defer { for text in argv { free(text) } }
    argv.append(nil)
    var child: pid_t = 0
    let started = posix_spawnp(&child, program, &actions, nil, argv, environ)
    guard started == 0 else {
      throw CommandError(
        .failed, "`\(program)` cannot be started, and nothing was committed: \(String(cString: strerror(started)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 {
      guard errno == EINTR else { return -1 }
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }
}

extension GitWorktree {
  /// The signer that the command line and Git's configuration ask for; nil if commits are not to be signed.
  ///
  /// - Throws: `CommandError` if Git is configured for another kind of signature, or has no signing key.
  func signer(_ wanted: Bool?) throws -> CommitSigner? {
    let asked = ["true", "yes", "on", "1"].contains(configuration("commit.gpgsign")?.lowercased() ?? "")
    guard wanted ?? asked else { return nil }
    let key = configuration("user.signingkey") ?? ""
    let format = configuration("gpg.format") ?? (Self.isOpenPGP(key) ? "openpgp" : "ssh")
    if format != "ssh" {
      throw CommandError(
        .refused,
        "wpex makes SSH signatures, but Git is set to sign with \(format == "openpgp" ? "OpenPGP" : "`\(format)`") "
          + "(`gpg.format`, `user.signingkey`): give --no-sign, or commit with Git")
    }
    guard !key.isEmpty else {
      throw CommandError(
        .refused, "no key to sign with: `git config user.signingkey ~/.ssh/id_ed25519.pub`, or give --no-sign")
    }
    return CommitSigner(key: key, program: configuration("gpg.ssh.program"))
  }

  /// Whether a signing key is an OpenPGP key id or an e-mail address, rather than a file or an SSH key.
  private static func isOpenPGP(_ key: String) -> Bool {
    let digits = key.lowercased().hasPrefix("0x") ? key.dropFirst(2) : key.hasSuffix("!") ? key.dropLast() : key[...]
    let isID = digits.count >= 8 && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
    return isID && !Files.exists(key) || key.contains("@") && !key.contains(" ") && !Files.exists(key)
  }

  /// Writes files and commits them: both or neither.
  ///
  /// - Returns: The commit's id.
  /// - Throws: `GitStoreError` or `CommandError`; folder, index and history are then unchanged.
  func commit(
    _ changes: [RepositoryEdit.FileChange], in folder: String, message: String, on branch: Branch,
    _ signer: CommitSigner?
  ) async throws -> String {
    try checkCommit(of: changes.map(\.path), on: branch)
    let draft = try draft(changes.map { ($0.path, $0.after) }, message: message, on: branch)
    // Signing may ask for a passphrase, so nothing is written or locked before it is done.
    let signature = try await signer?.sign(draft.object)
    try begin(draft)
    defer { abandon() }
    let files = try EditedFiles(changes, in: folder)
    let made: Commit
    do {
      made = try commit(draft, signature: signature)
    } catch {
      try files.restore()
      throw error
    }
    files.keep()
    if made.isIndexBehind {
      Terminal.error("the commit was made, but Git's index could not be replaced: `git reset` updates it")
    }
    return made.id
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, isTrimmed(last) { text = text.dropLast() }
    return String(text)
  }
}
