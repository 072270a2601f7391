import ArgumentParser
import SyncDaemon
import SyncService
import TextFormats

/// State folder of daemons on this machine.
struct StateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The daemon's state folder.", valueName: "dir"))
  var state = StateFolder.standardPath

  /// Options with which `wpex sync approve` finds a daemon's state; nil if it is at the default path.
  static func approvalOptions(_ folder: String) -> String? {
    folder == StateFolder.standardPath ? nil : "--state \(ShellText.word(folder))"
  }
}
