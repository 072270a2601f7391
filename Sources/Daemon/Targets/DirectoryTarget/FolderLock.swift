import FoundationEssentials
import Glibc
import SyncEngine

/// Keeps other processes from writing to a folder as long as this lives; the kernel releases it with the process.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `TargetFailure` if another process has the folder, or it cannot be written.
  init(_ folder: String) throws(TargetFailure) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TargetFailure(.unavailable, "the folder `\(folder)` cannot be made")
    }
    let file = "\(folder)/.wpex-lock"
    let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else {
      throw TargetFailure(.unavailable, "`\(file)` cannot be written: \(String(cString: strerror(errno)))")
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw TargetFailure(.refused, "another wpex writes to `\(folder)`: stop it, or name another folder")
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
