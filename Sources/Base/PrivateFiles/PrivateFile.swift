import Glibc

/// Files that only their owner can read.
package enum PrivateFile {
  /// The error for a file or folder that cannot be written.
  package struct Refused: Error, CustomStringConvertible {
    /// A sentence for the user.
    package let description: String
  }

  /// Creates an empty file unless it exists, so that a program that writes to it later cannot create it with access for
  /// others.
  ///
  /// - Throws: `Refused` if it cannot be created.
  package static func create(_ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw refused(path) }
      return
    }
    close(descriptor)
  }

  /// Replaces a file atomically.
  ///
  /// - Throws: `Refused` if it cannot be written; the old file is then unchanged.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refused(path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = refused(path)
        close(descriptor)
        unlink(temporary)
        throw failure
      }
      rest = rest.dropFirst(count)
    }
    close(descriptor)
    guard rename(temporary, path) == 0 else { throw refused(path) }
  }

  private static func refused(_ path: String) -> Refused {
    Refused(description: "`\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }
}
