import Glibc

/// One edit of a folder at a time: the next one reads what this one wrote.
///
/// The lock is the kernel's, on the folder itself. It leaves no file behind, and ends with the process.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// How long another edit is waited for.
  private static let timeout = Duration.seconds(300)

  /// - Throws: `CommandError` if another edit does not end.
  init(_ folder: String) async throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that cannot be opened shows when it is read; some network file systems have no locks, and there the
    // comparison of each file before it is replaced is all there is.
    guard descriptor >= 0 else { return }
    let end = ContinuousClock.now + Self.timeout
    var isFirst = true
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
      if isFirst { Terminal.error("waiting for another edit of this folder to end") }
      isFirst = false
      guard ContinuousClock.now < end else {
        throw CommandError(
          .refused, "another edit of `\(folder)` does not end: nothing was written; try again after it")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
