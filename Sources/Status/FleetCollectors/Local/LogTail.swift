import Glibc

/// Tail of a log file.
enum LogTail {
  /// The file cannot be read.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// Most lines returned.
  static let maxLines = 100
  /// Most bytes read.
  private static let maxBytes = 64 << 10
  /// Length after which a line is cut, in bytes.
  private static let maxLineLength = 1_000

  /// Returns the last lines, oldest first; empty if the file does not exist yet.
  ///
  /// - Throws: `Unreadable`.
  static func read(_ path: String) throws(Unreadable) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return [] }
      throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    let start = max(0, size - maxBytes)
    guard size >= 0, lseek(descriptor, start, SEEK_SET) >= 0 else {
      throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))")
    }
    var bytes = [UInt8](repeating: 0, count: maxBytes)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))") }
    return lines(bytes[..<count], isCut: start > 0)
  }

  /// Returns the last lines of a log.
  ///
  /// - Parameters:
  ///   - bytes: tail of the log.
  ///   - isCut: whether the first line is incomplete.
  static func lines(_ bytes: some Collection<UInt8>, isCut: Bool) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).dropFirst(isCut ? 1 : 0).suffix(maxLines).map { line in
      String(decoding: line.prefix(maxLineLength), as: UTF8.self) + (line.count > maxLineLength ? "…" : "")
    }
  }
}
