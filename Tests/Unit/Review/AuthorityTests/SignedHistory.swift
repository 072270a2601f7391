import Diagnostics
import GitStore
import TestSupport
import Testing

/// The catalogue's base as a real repository, whose users root (an admin) and giulia (an engineer of acme) have keys.
struct SignedHistory {
  let folder: String
  var path: String { folder + "/repo" }

  init(in folder: String, policy: String...) throws {
    self.folder = folder
    try shell(
      "for name in root giulia stranger; do ssh-keygen -q -t ed25519 -N '' -C $name -f ../$name; done; git init -q -b main"
    )
    for entry in Example.base.entries {
      if case .text(let text) = entry.content { try write(entry.path, text) }
    }
    for (name, file) in [("root", "users/root.yaml"), ("giulia", "orgs/acme/users/giulia.yaml")] {
      try edit(file, "  status: active", "  identities: { sshKeys: [\"\(try publicKey(name))\"] }\n  status: active")
    }
    try setPolicy(policy)
  }

  func publicKey(_ name: String) throws -> String {
    let line = String(decoding: try ExternalCommand.read("\(folder)/\(name).pub"), as: UTF8.self)
    return line.split(separator: " ").prefix(2).joined(separator: " ")
  }

  @discardableResult
  func shell(_ script: String, input: [UInt8] = []) throws -> String {
    let outcome = try ExternalCommand.run(
      "/bin/bash", ["-c", "set -e; mkdir -p '\(path)'; cd '\(path)'; \(script)"], folder: folder, input: input,
      environment: [
        "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.net",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.net",
      ])
    guard outcome.status == 0 else { throw ExternalCommand.Failure(what: outcome.errors) }
    return outcome.output.split(separator: "\n").joined(separator: "\n")
  }

  func write(_ file: String, _ text: String) throws {
    try ExternalCommand.write(Array(text.utf8), to: "\(path)/\(file)")
  }

  func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = String(decoding: try ExternalCommand.read("\(path)/\(file)"), as: UTF8.self)
    try #require(text.contains(old))
    try write(file, text.replacing(old, with: new, maxReplacements: 1))
  }

  /// Replaces the platform's policy.
  func setPolicy(_ lines: [String]) throws {
    let text = String(decoding: try ExternalCommand.read("\(path)/platform.yaml"), as: UTF8.self)
    let others = text.split(separator: "\n").prefix { $0 != "  policy:" }.joined(separator: "\n")
    let policy = lines.isEmpty ? "" : "  policy:\n" + lines.map { "    \($0)\n" }.joined()
    try write("platform.yaml", others + "\n" + policy)
  }

  /// Commits the working folder.
  ///
  /// - Parameters:
  ///   - signer: whose key signs; nil for nobody's.
  ///   - parents: instead of the newest commit.
  /// - Returns: The commit's id, which is checked out.
  @discardableResult
  func commit(by signer: String?, parents: [String]? = nil) throws -> String {
    let signing = signer.map { "-c gpg.format=ssh -c user.signingKey='\(folder)/\($0)'" } ?? ""
    let head = try shell("git rev-parse -q --verify HEAD || true")
    let names = (parents ?? (head.isEmpty ? [] : [head])).map { "-p \($0)" }.joined(separator: " ")
    return try shell(
      """
      git add -A; tree=$(git write-tree)
      id=$(git \(signing) commit-tree $tree \(names) \(signer == nil ? "" : "-S") -m Change); git reset -q --soft $id; echo $id
      """)
  }

  /// Signs a commit object as it stands and stores it.
  func store(_ object: String, by signer: String) throws -> String {
    try ExternalCommand.write(Array(object.utf8), to: "\(folder)/payload")
    try shell("rm -f ../payload.sig; ssh-keygen -q -Y sign -n git -f ../\(signer) ../payload")
    let signature = String(decoding: try ExternalCommand.read("\(folder)/payload.sig"), as: UTF8.self)
      .split(separator: "\n").joined(separator: "\n ")
    let signed = object.replacing("\n\n", with: "\ngpgsig \(signature)\n\n", maxReplacements: 1)
    return try shell("git hash-object -t commit -w --literally --stdin", input: Array(signed.utf8))
  }
}
