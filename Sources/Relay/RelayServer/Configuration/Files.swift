import CRelaySockets
import Glibc
import PrivateFiles

/// Small files that are read and written whole.
enum Files {
  /// Largest file that is read, in bytes. A bundle of 100,000 keys has about 20 MB, a snapshot of 100,000 sessions 30
  /// MB.
  private static let limit = 256 << 20

  /// Returns the content of a file.
  ///
  /// - Throws: `RelayServerError` if the file cannot be read or is too large.
  static func read(_ path: String) throws(RelayServerError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw RelayServerError(.system, "cannot read \(path): \(reason())") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
        count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
      }
      if chunk.isEmpty { return bytes }
      bytes += chunk
      guard bytes.count <= limit else { throw RelayServerError(.invalid, "\(path) is larger than \(limit >> 20) MiB") }
    }
  }

  /// Replaces a file atomically; only its owner can read it.
  ///
  /// - Throws: `RelayServerError` if the file cannot be written.
  static func replace(_ path: String, with bytes: [UInt8]) throws(RelayServerError) {
    do {
      try AtomicFile.write(bytes, to: path, mode: 0o600, isDurable: true)
    } catch {
      throw RelayServerError(.system, "\(error)")
    }
  }

  /// Returns the file for the state: `path`, or the file that it links to if it exists.
  ///
  /// - Throws: `RelayServerError` if it is something that must not be replaced by a file, such as a device.
  static func stateFile(_ path: String) throws(RelayServerError) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RelayServerError(.invalid, "--state needs a regular file, and \(path) is something else")
    }
    // A path that is short enough for a Unix socket beside it stays so.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let resolved = realpath(path, nil) else {
      return path
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Changes when a file does. It follows symbolic links, so that Kubernetes' swap of `..data` counts as a change.
  struct Stamp: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  /// Returns the stamp of a file; nil if the file does not exist.
  static func stamp(_ path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
  }

  /// Returns whether a file exists.
  static func exists(_ path: String) -> Bool { stamp(path) != nil }

  /// Returns the text of an errno.
  static func reason(_ code: Int32 = errno) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    relay_error_text(code, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
