import ArgumentParser
import LocalTarget
import SyncService
import TextFormats

extension Sync {
  /// `wpex sync end-relays`.
  struct EndRelays: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End the relays that a stopped daemon left running on this machine.",
      discussion: """
        Relays of `wpex up --keep-relays` and of a daemon with target.keepRelays go on when it stops. Stop it first.

        EXAMPLES
          systemctl stop wpex-up && wpex sync end-relays --state /var/lib/wpex
        """)

    @OptionGroup var location: StateOptions

    func run() async throws {
      try await CommandError.mappingErrors {
        let folder = try StateFolder(existing: location.state)
        let lock = try folder.lock()
        let count = await LocalTarget.endRelays(in: "\(folder.path)/local")
        withExtendedLifetime(lock) {}
        Terminal.note(count == 0 ? "no relay was running" : "ended \(counted(count, "process", plural: "processes"))")
      }
    }
  }
}
