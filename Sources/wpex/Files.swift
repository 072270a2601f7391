import FoundationEssentials
import Glibc

/// Files that commands read and write.
enum Files {
  /// - Throws: `CommandFailure` naming the file and the reason.
  static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(.failed, "`\(path)` cannot be read: \(reason)")
    }
    return Array(data)
  }

  /// A token or key that stands in a file alone, without the blanks around it.
  static func readToken(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self).filter { !$0.isWhitespace }
  }

  /// Writes a file as a whole or not at all.
  ///
  /// - Parameter isSecret: whether nobody but its owner may read it.
  static func write(_ bytes: [UInt8], to path: String, isSecret: Bool = false) throws {
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isSecret ? 0o600 : 0o644)
    guard descriptor >= 0 else { throw CommandFailure(.failed, "`\(path)` cannot be written: \(reason)") }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        let reason = reason
        close(descriptor)
        unlink(temporary)
        throw CommandFailure(.failed, "`\(path)` cannot be written: \(reason)")
      }
      rest = rest.dropFirst(written)
    }
    close(descriptor)
    guard rename(temporary, path) == 0 else {
      let reason = reason
      unlink(temporary)
      throw CommandFailure(.failed, "`\(path)` cannot be written: \(reason)")
    }
  }

  static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(.failed, "the folder `\(path)` cannot be made: \(reason)")
    }
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// All of standard input.
  static func readStandardInput(limit: Int = 1 << 20) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw CommandFailure(.failed, "standard input cannot be read: \(reason)") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw CommandFailure(.usage, "standard input has more than \(limit) bytes") }
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
