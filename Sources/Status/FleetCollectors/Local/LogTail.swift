import Glibc

/// The end of a log file.
enum LogTail {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// Lines and bytes that are read at most, and bytes of the longest line that is shown.
  static let mostLines = 100
  private static let mostBytes = 64 << 10
  private static let longestLine = 1_000

  /// The last lines, oldest first; none where there is no file yet.
  static func read(_ path: String) throws(Unreadable) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return [] }
      throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    let start = max(0, size - mostBytes)
    guard size >= 0, lseek(descriptor, start, SEEK_SET) >= 0 else {
      throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))")
    }
    var bytes = [UInt8](repeating: 0, count: mostBytes)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw Unreadable(description: "\(path): \(String(cString: strerror(errno)))") }
    return lines(bytes[..<count], isCut: start > 0)
  }

  /// - Parameter isCut: whether the first line lacks its beginning.
  static func lines(_ bytes: some Collection<UInt8>, isCut: Bool) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).dropFirst(isCut ? 1 : 0).suffix(mostLines).map { line in
      String(decoding: line.prefix(longestLine), as: UTF8.self) + (line.count > longestLine ? "…" : "")
    }
  }
}
