import FoundationEssentials
import PrivateFiles
import SyncEngine

/// What the processes of one relay need to be a cluster, in the relay's folder: a key and a port, kept between runs.
enum ClusterFolder {
  /// Name of the file with the key.
  static let keyFile = ClusterKey.file
  private static let portFile = "cluster.port"

  /// Error if no UDP port is free for the members of a relay.
  struct NoPort: Error, CustomStringConvertible {
    let description = "no UDP port is free at all addresses of its processes"
  }

  /// Makes the key if there is none, and returns the port under which the members reach each other.
  ///
  /// - Parameters:
  ///   - folder: The relay's folder.
  ///   - addresses: Addresses of all members.
  ///   - except: The relay's own port.
  ///   - isRunning: Whether members run: then they have the port, and it stays.
  /// - Throws: An error if a file cannot be written or no port is free.
  static func prepare(
    _ folder: String, addresses: [String], except: Int, isRunning: Bool
  ) throws -> Int {
    try PrivateFolder.make(folder)
    if !hasKey(folder) { try PrivateFile.write(Array("\(ClusterKey.make())\n".utf8), to: "\(folder)/\(keyFile)") }
    if let port = knownPort(folder), port != except, isRunning || FreePort.isFree(port, at: addresses) { return port }
    guard let port = FreePort.udp(at: addresses, except: except) else { throw NoPort() }
    try PrivateFile.write(Array("\(port)\n".utf8), to: "\(folder)/\(portFile)")
    return port
  }

  /// Makes a key that other regions have the relay's own.
  ///
  /// - Throws: An error if the file cannot be written.
  static func share(_ key: String, in folder: String) throws {
    let live = FileManager.default.contents(atPath: "\(folder)/\(keyFile)").flatMap { ClusterKey.key(in: $0) }
    guard let content = ClusterKey.content(sharing: key, over: live), content != live else { return }
    try PrivateFile.write(Array("\(content)\n".utf8), to: "\(folder)/\(keyFile)")
  }

  /// Returns whether a relay has a key.
  static func hasKey(_ folder: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(keyFile)") else { return false }
    return ClusterKey.key(in: data) != nil
  }

  private static func knownPort(_ folder: String) -> Int? {
    FileManager.default.contents(atPath: "\(folder)/\(portFile)").flatMap {
      UInt16(String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace }).map(Int.init)
    }
  }
}
