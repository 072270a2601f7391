package import AuditLog
import FileAccess
import KeyBundles

extension CheckpointKey {
  /// Reads a secret key from its file.
  ///
  /// - Throws: `FileAccessError` if the file cannot be read, `SyncDaemonError` if it is not a key.
  package init(file: String, name: String) throws {
    let text = try Files.readToken(file)
    guard let key = try? SigningKey(text: text.utf8) else {
      throw SyncDaemonError(.refused, "`\(file)` is not a key created by `wpex audit key`")
    }
    self.init(name: name, key: key)
  }
}
