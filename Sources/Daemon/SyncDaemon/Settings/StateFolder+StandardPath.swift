import FoundationEssentials
package import SyncService

extension StateFolder {
  /// The default path: `$WPEX_STATE`, `$XDG_STATE_HOME/wpex` or `~/.local/state/wpex`; `/var/lib/wpex` for root.
  package static var standardPath: String { standardPath(ProcessInfo.processInfo.environment) }

  static func standardPath(_ environment: [String: String]) -> String {
    if let path = environment["WPEX_STATE"], !path.isEmpty { return path }
    if let base = environment["XDG_STATE_HOME"], !base.isEmpty { return "\(base)/wpex" }
    guard let home = environment["HOME"], !home.isEmpty, home != "/root" else { return "/var/lib/wpex" }
    return "\(home)/.local/state/wpex"
  }
}
