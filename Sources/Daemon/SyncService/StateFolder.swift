import FoundationEssentials
import Glibc
import PrivateFiles
package import TextFormats
package import SyncEngine

/// Folder with a daemon's state. One process at a time uses it.
package struct StateFolder: StateStore {
  /// The folder's path.
  package let path: String

  /// Error: the folder cannot be used as asked.
  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  /// Lock of the folder, held as long as this object lives. The kernel releases it when the process ends, however it ends.
  package final class Lock: Sendable {
    private let descriptor: Int32
    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }

  /// Opens a folder, which is made if it does not exist.
  ///
  /// - Throws: `Refused` if it cannot be made.
  package init(_ path: String) throws {
    self.path = path
    do {
      try PrivateFolder.make(path)
    } catch {
      throw Refused(description: "the state folder `\(path)` cannot be made")
    }
  }

  /// Opens a folder that a daemon has used already. Nothing is made.
  ///
  /// - Throws: `Refused` if no daemon has used it.
  package init(existing path: String) throws {
    self.path = path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.contains(where: { $0 == "status.json" || $0 == "accepted.json" || $0.hasPrefix("sync-") }) else {
      throw Refused(description: "no daemon has its state in `\(path)`: name its folder with --state, or its settings")
    }
  }

  /// Whether a process uses a folder; nil if this user cannot find out.
  package static func isInUse(_ path: String) -> Bool? {
    let file = "\(path)/lock"
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      defer { close(descriptor) }
      // The kernel releases a lock with its process, so it is more reliable than a process id in a file.
      guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return false }
      return errno == EWOULDBLOCK ? true : nil
    }
    if errno == ENOENT { return false }
    // Locks of a file that only its owner may open are still listed for every user.
    var status = stat()
    guard stat(file, &status) == 0, let locks = FileManager.default.contents(atPath: "/proc/locks") else { return nil }
    return String(decoding: locks, as: UTF8.self).split(separator: "\n").contains { line in
      let words = line.split(separator: " ")
      return words.contains("FLOCK") && words.contains("WRITE")
        && words.contains { $0.split(separator: ":").count == 3 && $0.hasSuffix(":\(status.st_ino)") }
    }
  }

  /// Locks the folder, and makes it private if only wpex uses it.
  ///
  /// - Throws: `Refused` if another process uses the folder, or it cannot be written.
  package func lock() throws -> Lock {
    let file = "\(path)/lock"
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Refused(description: "`\(file)` cannot be written") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw Refused(
        description: "another wpex runs with the state folder `\(path)`; stop it, or name another with --state")
    }
    if holdsNothingElse { PrivateAccess.close(path) }
    return Lock(descriptor: descriptor)
  }

  /// Whether the folder has no files but those of wpex. Then wpex may make it private, even if a user made it; a folder with
  /// other files must stay as it is.
  private var holdsNothingElse: Bool {
    let ours = ["lock", "sync-", "status", "audit.sqlite", "approvals", "local", "repository.git", "accepted"]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.allSatisfy { name in ours.contains { name.utf8.starts(with: $0.utf8) } }
  }

  package func load(_ region: String) throws -> SyncState? {
    let file = "\(path)/sync-\(region).json"
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    guard let state = (try? JSON(parsing: data)).flatMap(SyncState.init) else {
      throw Refused(
        description: "`\(file)` is damaged or of a newer wpex; without it, everything is compared and applied again")
    }
    return state
  }

  package func save(_ state: SyncState, _ region: String) throws {
    try write(state.json, to: "sync-\(region).json")
  }

  private static let acceptedFile = "accepted.json"

  package func accepted() throws -> AcceptedCommit? {
    let file = "\(path)/\(Self.acceptedFile)"
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    guard let accepted = (try? JSON(parsing: data)).flatMap(AcceptedCommit.init) else {
      throw Refused(
        description:
          "`\(file)` is damaged or of a newer wpex; without it, the audit log says which commit was accepted last")
    }
    return accepted
  }

  package func accept(_ commit: AcceptedCommit) throws { try write(commit.json, to: Self.acceptedFile) }

  package func approvals(_ region: String) throws -> [String: String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/approvals")) ?? []
    return Dictionary(
      names.map { name in
        let who = FileManager.default.contents(atPath: "\(path)/approvals/\(name)") ?? Data()
        return (name, String(decoding: who, as: UTF8.self))
      }
    ) { first, _ in first }
  }

  package func consume(approval digest: String, _ region: String) throws {
    let file = "\(path)/approvals/\(digest)"
    guard FileManager.default.fileExists(atPath: file) else { return }
    do {
      try FileManager.default.removeItem(atPath: file)
    } catch {
      throw Refused(description: "`\(file)` cannot be removed")
    }
  }

  /// Approves a held plan.
  ///
  /// - Parameters:
  ///   - digest: the plan's digest.
  ///   - who: the approver, for the record.
  /// - Throws: An error if the approval cannot be written.
  package func approve(_ digest: String, by who: String) throws {
    try PrivateFolder.make("\(path)/approvals")
    try PrivateFile.write(Array(who.utf8), to: "\(path)/approvals/\(digest)")
  }

  /// Sets a file's modification time to now, to show that its content is still current.
  package func touch(_ name: String) { utimes("\(path)/\(name)", nil) }

  /// Withdraws an approval.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `Refused` if it cannot be removed.
  package func withdraw(_ digest: String) throws -> Bool {
    guard try approvals("").keys.contains(digest) else { return false }
    try consume(approval: digest, "")
    return true
  }

  /// Returns the digest of the held plan of each region, as of the daemon's last pass.
  ///
  /// - Throws: `Refused` if a state is damaged.
  package func heldPlans() throws -> [String: String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    var held: [String: String] = [:]
    for name in names where name.hasPrefix("sync-") && name.hasSuffix(".json") {
      let region = String(name.dropFirst("sync-".count).dropLast(".json".count))
      held[region] = try load(region)?.held?.digest
    }
    return held
  }

  /// Replaces a file atomically. It is on the disk once this returns.
  ///
  /// - Throws: `Refused` if it cannot be written.
  package func write(_ json: JSON, to name: String) throws {
    let file = "\(path)/\(name)"
    do {
      try AtomicFile.write(Array((json.text(.indented) + "\n").utf8), to: file, mode: 0o600, isDurable: true)
    } catch {
      throw Refused(description: "\(error)")
    }
  }
}
