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
    do {
      try AtomicFile.write(bytes, to: path, mode: 0o600)
    } catch {
      throw Refused(description: "\(error)")
    }
  }

  private static func refused(_ path: String) -> Refused {
    Refused(description: "`\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }
}
