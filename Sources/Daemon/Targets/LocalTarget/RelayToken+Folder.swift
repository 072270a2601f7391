import FoundationEssentials
import PrivateFiles
import SyncEngine

/// On this machine, the token is in two files of the relay's folder: one of its own, and the configuration.
extension RelayToken {
  private static let ownFile = "token"

  /// Returns the token of the relay with this folder; nil if it has none yet.
  static func known(in folder: String) -> String? {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(ownFile)") else { return nil }
    let token = String(decoding: data, as: UTF8.self)
    return isToken(token) ? token : nil
  }

  /// Returns the token of the relay with this folder, creating it if necessary.
  ///
  /// - Throws: An error if the token cannot be written.
  static func token(in folder: String) throws -> String {
    if let known = known(in: folder) { return known }
    let token = make()
    try PrivateFile.write(Array(token.utf8), to: "\(folder)/\(ownFile)")
    return token
  }
}
