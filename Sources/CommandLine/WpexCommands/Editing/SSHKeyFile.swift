import ConfigSchema
import FileAccess

/// A file with an SSH public key, as ssh-keygen writes it.
enum SSHKeyFile {
  /// Returns the key without its comment.
  ///
  /// - Throws: `CommandError` if the file does not contain an Ed25519 public key.
  static func read(_ path: String) throws -> String {
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    guard !text.contains("PRIVATE KEY") else {
      throw CommandError(.usage, "`\(path)` is a private key: name its public half, `\(path).pub`")
    }
    let parts = text.split(whereSeparator: \.isWhitespace).prefix(2)
    let key = parts.joined(separator: " ")
    guard StringFormat.sshKey.matches(key.utf8) else {
      throw CommandError(
        .usage, "`\(path)` holds no Ed25519 SSH public key: make one with `ssh-keygen -t ed25519`")
    }
    return key
  }
}
