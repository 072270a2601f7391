package import AuditLog
import FileAccess
import FoundationEssentials

extension CheckpointKey {
  /// Reads a secret key from its file.
  ///
  /// - Throws: `FileAccessError` if the file cannot be read, `SyncDaemonError` if it is not a key.
  package convenience init(file: String, name: String) throws {
    guard let seed = Data(base64Encoded: try Files.readToken(file)) else {
      throw SyncDaemonError(.refused, "`\(file)` is not a key created by `wpex audit key`")
    }
    try self.init(name: name, seed: Array(seed))
  }
}
