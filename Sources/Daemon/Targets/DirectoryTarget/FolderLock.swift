import FoundationEssentials
import Glibc
import SyncEngine

/// A lock that keeps other processes from writing to a folder for as long as this object lives. The kernel releases it
/// when the process ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Locks a folder, creating it if necessary.
  ///
  /// - Throws: `TargetError` if another process holds the lock, or the folder is not writable.
  init(_ folder: String) throws(TargetError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TargetError(.unavailable, "the folder `\(folder)` cannot be created")
    }
    let file = "\(folder)/.wpex-lock"
    let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else {
      throw TargetError(.unavailable, "`\(file)` cannot be written: \(String(cString: strerror(errno)))")
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw TargetError(.refused, "another wpex writes to `\(folder)`: stop it, or name another folder")
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
