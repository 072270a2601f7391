import AuditLog
import AuditStores
import FoundationEssentials
import GitStore
import SyncEngine
import SyncService
import TestSupport

/// A real Git server's repository and its clone, with commits that Git itself makes and signs.
struct GitWorld {
  let folder: String
  private var clone: String { "\(folder)/clone" }
  private var server: String { "\(folder)/server.git" }

  init(folder: String) throws {
    self.folder = folder
    try run("init", "-q", "--bare", "-b", "main", server)
    try run("clone", "-q", server, clone)
    for (name, value) in [
      ("user.name", "Anna"), ("user.email", "anna@example.org"), ("gpg.format", "ssh"), ("commit.gpgsign", "false"),
    ] { try git("config", name, value) }
    try git("checkout", "-q", "-b", "main")
  }

  @discardableResult
  private func run(_ arguments: String...) throws -> String { try run(arguments) }

  private func run(_ arguments: [String]) throws -> String {
    let outcome = try ExternalCommand.run(
      "/usr/bin/git", arguments, folder: folder,
      environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"])
    guard outcome.status == 0 else { throw ExternalCommand.Failure(what: outcome.errors) }
    return outcome.output.split(separator: "\n").first.map(String.init) ?? ""
  }

  @discardableResult
  func git(_ arguments: String...) throws -> String { try run(["-C", clone] + arguments) }

  /// A new Ed25519 key; returns its public line.
  func makeKey(_ name: String) throws -> String {
    let outcome = try ExternalCommand.run(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(folder)/\(name)"], folder: folder)
    guard outcome.status == 0 else { throw ExternalCommand.Failure(what: outcome.errors) }
    let line = String(decoding: try ExternalCommand.read("\(folder)/\(name).pub"), as: UTF8.self)
    return line.split(separator: " ").prefix(2).joined(separator: " ")
  }

  func write(_ path: String, _ text: String) throws {
    try ExternalCommand.write(Array(text.utf8), to: "\(clone)/\(path)")
  }

  func read(_ path: String) throws -> String {
    String(decoding: try ExternalCommand.read("\(clone)/\(path)"), as: UTF8.self)
  }

  /// Commits everything and pushes it.
  ///
  /// - Parameter signer: the name of a key.
  /// - Returns: The commit's id.
  @discardableResult
  func commit(_ message: String, signer: String? = nil) throws -> String {
    try git("add", "-A")
    if let signer {
      try git("commit", "-q", "--allow-empty", "-m", message, "-S\(folder)/\(signer).pub")
    } else {
      try git("commit", "-q", "--allow-empty", "-m", message)
    }
    return try push()
  }

  @discardableResult
  func push() throws -> String {
    try git("push", "-q", "-f", "origin", "HEAD:main")
    return try git("rev-parse", "HEAD")
  }

  /// What a daemon with a state folder of its own follows.
  func source(_ name: String) throws -> RemoteSource {
    try RemoteSource(url: server, branch: "main", credentials: GitCredentials(), mirror: "\(folder)/\(name).git")
  }
}
