import Glibc

/// Files that nobody but their owner reads.
package enum PrivateFile {
  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  /// Makes an empty file where there is none. What another program makes later inherits nobody's right to read it.
  package static func create(_ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw refused(path) }
      return
    }
    close(descriptor)
  }

  /// Replaces a file at once.
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
