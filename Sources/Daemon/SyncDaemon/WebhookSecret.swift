import FileAccess
import KeyBundles
import Synchronization

/// Secret with which the Git server signs its notices, read from its file for each notice.
final class WebhookSecret: Sendable {
  private let file: String
  private let last: Mutex<SecretBytes>

  /// - Throws: `FileAccessError` if the file cannot be read.
  init(file: String) throws {
    self.file = file
    last = Mutex(try Self.read(file))
  }

  /// The file's secret, or the last one if the file cannot be read for a moment.
  var current: SecretBytes {
    let newest = try? Self.read(file)
    return last.withLock { last in
      if let newest { last = newest }
      return last
    }
  }

  private static func read(_ file: String) throws -> SecretBytes {
    SecretBytes(copying: try Files.read(file).filter { $0 != UInt8(ascii: "\n") })
  }
}
