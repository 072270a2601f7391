import Glibc

/// Lock that lets one edit of a folder run at a time, so that each reads what the previous one wrote.
///
/// It is a `flock` on the folder itself, which leaves no file behind and ends with the process.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Longest wait for another edit.
  private static let timeout = Duration.seconds(300)

  /// Waits for the lock.
  ///
  /// - Throws: `CommandError` if another edit does not end within five minutes.
  init(_ folder: String) async throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Reading the folder reports that it cannot be opened. Some network file systems have no locks; there, only the
    // comparison of each file before it is replaced protects.
    guard descriptor >= 0 else { return }
    let end = ContinuousClock.now + Self.timeout
    var isFirst = true
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
      if isFirst { Terminal.error("waiting for another edit of this folder to finish") }
      isFirst = false
      guard ContinuousClock.now < end else {
        throw CommandError(
          .refused, "another edit of `\(folder)` has not finished: nothing was written; try again later")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
