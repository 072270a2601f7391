import FileAccess
import KeyBundles

/// File of keys that sign what relays use.
enum SigningKeyFile {
  /// Reads the keys: one key's own secret half, or those that are derived from age identities.
  ///
  /// - Throws: `FileAccessError` if the file cannot be read, `CommandError` if it has no key.
  static func read(_ path: String) throws -> [SigningKey] {
    do {
      return try SigningKey.parseFile(try Files.read(path))
    } catch let error as KeyBundleError {
      throw CommandError(.refused, "`\(path)` cannot be a key that signs: \(error.reason)")
    }
  }
}
