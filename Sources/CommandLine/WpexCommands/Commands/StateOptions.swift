import AuditLog
import SyncService
import ArgumentParser
import FoundationEssentials
import Glibc
import TextFormats

/// State folder of daemons on this machine.
struct StateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The daemon's state folder.", valueName: "dir"))
  var state = StateOptions.standard

  /// Options with which `wpex sync approve` finds a daemon's state; nil if it is at the default path.
  static func approvalOptions(_ folder: String) -> String? {
    folder == standard ? nil : "--state \(ShellText.word(folder))"
  }

  /// The default path: `$WPEX_STATE`, `$XDG_STATE_HOME/wpex` or `~/.local/state/wpex`; `/var/lib/wpex` for root.
  static var standard: String {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["WPEX_STATE"], !path.isEmpty { return path }
    if let base = environment["XDG_STATE_HOME"], !base.isEmpty { return "\(base)/wpex" }
    guard let home = environment["HOME"], !home.isEmpty, home != "/root" else { return "/var/lib/wpex" }
    return "\(home)/.local/state/wpex"
  }
}
