/// Launch parameters of a relay process. Changing them restarts the process; changing its files does not.
struct RelayLaunch: Sendable {
  /// Membership of a process in its relay's cluster.
  struct Membership: Sendable {
    /// UDP port under which every member is reached, at its own address.
    var port: Int
    /// Addresses of the other members.
    var others: [String]
  }

  /// Number of the process among those of its relay, from 0.
  var number = 0
  /// Loopback address of members' messages and statistics, and of peers unless `bind` says otherwise.
  var address: String
  /// Where it listens for peers.
  var bind = RelayBind.loopback
  /// UDP port.
  var port: Int
  /// Folder with bundle, configuration, state and log.
  var folder: String
  /// Time of the last requested restart.
  var restartedAt: String?
  /// Public keys of which one must have signed the relay's files.
  var verifierKeys: [String] = []
  /// Membership in the relay's cluster; nil if the relay has one process.
  var membership: Membership?
  /// Identity of the program's file.
  var program = ""
  /// Path of the record of the process.
  var record = ""

  /// Path of the log.
  var log: String { file("relay", ".log") }
  /// Path of the state.
  var state: String { file("state") }
  /// Name of the state in the folder.
  var stateName: String { Self.name("state", "", number) }
  /// Path of the file in which the process keeps the files that it has in force.
  var declared: String { "\(state).declared" }
  /// Path of the secret that a successor must know.
  var handoverKey: String { "\(state).handover-key" }
  /// Path of the file with the HTTP address.
  var addressFile: String { Self.addressFile(of: number, in: folder) }
  /// Path of the file with the cluster's key.
  var clusterKey: String { "\(folder)/\(ClusterFolder.keyFile)" }

  /// Returns the path of the file with the HTTP address of a process.
  static func addressFile(of number: Int, in folder: String) -> String { file("address", "", number, folder) }

  /// Returns whether a running process must end to have other parameters. Members find those that are added by
  /// themselves, so changed addresses of others can wait for the next start.
  func needsRestart(for next: RelayLaunch) -> Bool {
    (address, port, folder, restartedAt) != (next.address, next.port, next.folder, next.restartedAt)
      || membership?.port != next.membership?.port || verifierKeys != next.verifierKeys || bind != next.bind
      || program != next.program
  }

  private func file(_ name: String, _ suffix: String = "") -> String { Self.file(name, suffix, number, folder) }

  /// Files of the first process have no number, as those of a relay with one process.
  private static func file(_ name: String, _ suffix: String, _ number: Int, _ folder: String) -> String {
    "\(folder)/\(Self.name(name, suffix, number))"
  }

  private static func name(_ name: String, _ suffix: String, _ number: Int) -> String {
    "\(name)\(number == 0 ? "" : "-\(number)")\(suffix)"
  }
}
