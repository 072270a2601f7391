import KeyBundles
import PrivateFiles
import CChildProcess
import FoundationEssentials
import Glibc

/// Launch parameters of a relay process. Changing them restarts the process; changing its files does not.
struct RelayLaunch: Equatable, Sendable {
  /// Loopback address to listen on.
  var address: String
  /// UDP port.
  var port: Int
  /// Folder with bundle, configuration, state and log.
  var folder: String
  /// Time of the last requested restart.
  var restartedAt: String?
}
