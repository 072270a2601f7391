package import Glibc

/// Replacement of whole files: a reader sees the old bytes or the new ones, and a failure keeps the old file.
package enum AtomicFile {
  /// A refusal of the system.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    /// The system's own words.
    package let reason: String

    init(_ path: String, _ code: Int32) {
      self.path = path
      reason = String(cString: strerror(code))
    }

    package var description: String { "`\(path)` cannot be written: \(reason)" }
  }

  /// Writes `bytes` beside the file, and then gives them its name.
  ///
  /// - Parameters:
  ///   - path: The file, which need not exist. A symbolic link is replaced; resolve it first to keep it.
  ///   - mode: Permissions of a new file, from which the process's umask takes some.
  ///   - isDurable: Whether the bytes are on the disk when this returns.
  ///   - hasOtherWriters: Whether other processes may write the file at the same time. If not, a crash leaves at most one
  ///     file behind, which the next write replaces.
  ///   - prepare: Called with the descriptor of the new file before anything is written.
  /// - Throws: ``Failure``, and errors of `prepare`.
  package static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t = 0o644, isDurable: Bool = false,
    hasOtherWriters: Bool = false, prepare: (Int32) throws -> Void = { _ in }
  ) throws {
    let temporary = hasOtherWriters ? "\(path).\(getpid()).new" : path + ".new"
    // What is there was left by a crash.
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Failure(path, errno) }
    var isOpen = true
    do {
      try prepare(descriptor)
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw Failure(path, count < 0 ? errno : ENOSPC) }
        rest = rest.dropFirst(count)
      }
      guard !isDurable || fsync(descriptor) == 0 else { throw Failure(path, errno) }
      isOpen = false
      // A network file system says only now that it has no room.
      guard close(descriptor) == 0, rename(temporary, path) == 0 else { throw Failure(path, errno) }
    } catch {
      if isOpen { close(descriptor) }
      unlink(temporary)
      throw error
    }
  }
}
