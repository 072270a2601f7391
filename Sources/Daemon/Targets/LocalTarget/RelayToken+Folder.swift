import FoundationEssentials
import PrivateFiles
import SyncEngine

/// On this machine it stands in two files of the relay's folder: its own, and the configuration.
extension RelayToken {
  private static let ownFile = "token"

  /// The token of the relay whose folder it is; nil where none was made yet.
  static func known(in folder: String) -> String? {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(ownFile)") else { return nil }
    let token = String(decoding: data, as: UTF8.self)
    return isToken(token) ? token : nil
  }

  /// The same, made where there is none.
  static func token(in folder: String) throws -> String {
    if let known = known(in: folder) { return known }
    let token = make()
    try PrivateFile.write(Array(token.utf8), to: "\(folder)/\(ownFile)")
    return token
  }
}
