import FoundationEssentials
import Glibc
import PrivateFiles

/// Reading and writing of files that users name.
package enum Files {
  /// Reads a file, a pipe or a device to its end; `-` is standard input.
  ///
  /// - Throws: `FileAccessError` with the file's name and the reason.
  package static func read(_ path: String) throws -> [UInt8] {
    if path == "-" { return try readStandardInput() }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileAccessError(.failed, "`\(path)` cannot be read: \(reason)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileAccessError(.failed, "`\(path)` cannot be read: \(reason)") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Reads a file that contains only a token or a key; removes whitespace.
  ///
  /// - Throws: `FileAccessError` if it cannot be read.
  package static func readToken(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self).filter { !$0.isWhitespace }
  }

  /// Writes a file atomically; follows symbolic links; writes directly to pipes and devices.
  ///
  /// - Parameter isSecret: whether only the owner may read it.
  /// - Throws: `FileAccessError` with the file's name and the reason.
  package static func write(_ bytes: [UInt8], to path: String, isSecret: Bool = false) throws {
    func failure() -> FileAccessError { FileAccessError(.failed, "`\(path)` cannot be written: \(reason)") }
    if let descriptor = openStream(path) {
      defer { close(descriptor) }
      guard descriptor >= 0, write(bytes, to: descriptor) else { throw failure() }
      return
    }
    do {
      try AtomicFile.write(bytes, to: resolved(path), mode: isSecret ? 0o600 : 0o644, hasOtherWriters: true)
    } catch let failure as AtomicFile.Failure {
      // The path as the user wrote it, not the file behind a link.
      throw FileAccessError(.failed, "`\(path)` cannot be written: \(failure.reason)")
    }
  }

  /// Opens a path that is not a regular file for writing; nil for regular files, existing or not.
  private static func openStream(_ path: String) -> Int32? {
    // Opening it again would overwrite a redirected file from its beginning.
    if path == "/dev/stdout" { return dup(STDOUT_FILENO) }
    if path == "/dev/stderr" { return dup(STDERR_FILENO) }
    for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
      if let descriptor = Int32(path.dropFirst(folder.count)) { return dup(descriptor) }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
    return open(path, O_WRONLY | O_CLOEXEC)
  }

  /// Writes all bytes; if it returns false, `errno` has the reason.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return false }
      if written > 0 { rest = rest.dropFirst(written) }
    }
    return true
  }

  /// Creates a folder and its parents.
  ///
  /// - Throws: `FileAccessError` with the folder's name and the reason.
  package static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileAccessError(.failed, "the folder `\(path)` cannot be created: \(reason)")
    }
  }

  /// Whether there is a file or folder at a path; follows symbolic links.
  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// The absolute path, with the symbolic links of its existing part resolved.
  package static func resolved(_ path: String) -> String {
    if let real = realpath(path.isEmpty ? "." : path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    var parts = path.split(separator: "/", omittingEmptySubsequences: true)
    guard let last = parts.popLast() else { return "/" }
    let isAbsolute = path.hasPrefix("/")
    let parent = resolved(
      parts.isEmpty ? (isAbsolute ? "/" : ".") : (isAbsolute ? "/" : "") + parts.joined(separator: "/"))
    switch last {
    case ".": return parent
    case "..":
      let above = parent.split(separator: "/").dropLast().joined(separator: "/")
      return "/" + above
    default: return (parent == "/" ? "" : parent) + "/" + last
    }
  }

  /// Reads standard input to its end.
  ///
  /// - Parameter limit: maximum number of bytes.
  /// - Throws: `FileAccessError` if there are more, or if it cannot be read.
  package static func readStandardInput(limit: Int = 1 << 20) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileAccessError(.failed, "standard input cannot be read: \(reason)") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw FileAccessError(.tooLarge, "standard input has more than \(limit) bytes")
      }
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

extension Files {
  /// The path without its last component; empty if it has only one.
  package static func parent(of path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }

  /// Whether a path is a folder; follows symbolic links.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
