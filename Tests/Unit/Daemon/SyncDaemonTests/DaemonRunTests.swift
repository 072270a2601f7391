import AuditLog
import AuditStores
import ConfigCompiler
import FoundationEssentials
import SyncEngine
import SyncService
import Synchronization
import TestSupport
import TextFormats
import Testing

@testable import SyncDaemon

@Suite struct DaemonRunTests {
  /// What a run has shown.
  private final class Shown: Sendable {
    let lines = Mutex<[String]>([])
    let events = Mutex<[String]>([])

    var console: DaemonRun.Console {
      DaemonRun.Console(
        onLine: { line in self.lines.withLock { $0.append(line) } },
        onEvent: { event in
          if case .finished(let region, let summary) = event {
            self.events.withLock { $0.append("\(region) \(summary.failed)") }
          }
        },
        exit: { preconditionFailure("nothing hangs") })
    }
  }

  private static func settings(_ flags: [String: String], in folder: String) throws -> SyncSettings {
    var all = [
      "repository.url": packageRoot + "/sample-repo", "state": "\(folder)/state", "target.kind": "directory",
      "target.directory": "\(folder)/out", "demonstration": "true",
    ]
    all.merge(flags) { _, new in new }
    return try SyncSettings(flags: all, file: nil, environment: [:])
  }

  private static func run(_ flags: [String: String], in folder: String, _ shown: Shown = Shown()) async throws {
    try await DaemonRun(settings: settings(flags, in: folder), once: true, console: shown.console).run()
  }

  @Test func onePassWritesManifestsStateAndRecords() async throws {
    try await ExternalCommand.withFolder { folder in
      let shown = Shown()
      try await Self.run([:], in: folder, shown)
      let events = shown.events.withLock { $0 }
      #expect(!events.isEmpty)
      #expect(events.allSatisfy { $0.hasSuffix(" 0") })
      let state = try StateFolder("\(folder)/state")
      let region = try #require(events.first?.split(separator: " ").first)
      let applied = try #require(try state.load(String(region))?.applied)
      #expect(try state.accepted()?.commit == applied)
      let files = try ExternalCommand.run("find", [".", "-name", "*.yaml"], in: "\(folder)/out").output
      #expect(files.split(separator: "\n").count > 10)
      let audit = try SQLiteAuditStore(existing: "\(folder)/state/audit.sqlite")
      #expect(try await audit.verify().sequence > 0)
      await audit.close()
      // The folder is free for the next run, which finds nothing to do.
      try await Self.run([:], in: folder)
    }
  }

  @Test func aLogForMachinesHasOnlyJSON() async throws {
    try await ExternalCommand.withFolder { folder in
      let shown = Shown()
      try await Self.run(["log.format": "json"], in: folder, shown)
      let shownToPeople = shown.events.withLock { $0 }
      #expect(shownToPeople.isEmpty)
      let events = try shown.lines.withLock { try $0.map { try JSON(parsing: Array($0.utf8))["event"]?.text } }
      #expect(events.contains("fetched"))
      #expect(events.contains("applied"))
    }
  }

  @Test(arguments: [
    ("target.kind", "cloud", "the setting `target.kind` must be kubernetes, local or directory"),
    ("target.directory", "", "no folder to write to: name it with --out or `target.directory`"),
    ("log.format", "xml", "the setting `log.format` must be text or json"),
    ("parallelism", "0", "the setting `parallelism` must be a number from 1 to 1000"),
    ("pass.patience", "5", "the setting `pass.patience` must be a number from 10 to 86400"),
    ("audit.resumeAt", "x", "the setting `audit.resumeAt` must be a number from 0 to 1000000000000000"),
  ])
  func aWrongSettingIsNamedBeforeAnythingIsDone(_ key: String, _ value: String, _ text: String) async throws {
    try await ExternalCommand.withFolder { folder in
      let error = await #expect(throws: SyncDaemonError.self) { try await Self.run([key: value], in: folder) }
      #expect(error?.kind == .usage)
      #expect(error?.description == text)
      #expect(!ExternalCommand.exists("\(folder)/state/accepted.json"))
    }
  }

  @Test func onlyOneDaemonUsesAStateFolder() async throws {
    try await ExternalCommand.withFolder { folder in
      let lock = try StateFolder("\(folder)/state").lock()
      let error = await #expect(throws: StateFolder.Refused.self) { try await Self.run([:], in: folder) }
      #expect(error?.description.contains("another wpex runs with the state folder") == true)
      withExtendedLifetime(lock) {}
    }
  }

  @Test func settingsReachTheSession() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([UInt8](repeating: 5, count: 32), to: "\(folder)/secret")
      let flags = [
        "regions": "eu-north,eu-south", "parallelism": "3", "drift.interval": "60", "health.patience": "9",
        "drift.watch": "false", "pass.patience": "11", "audit.resumeAt": "41", "repository.interval": "0",
        "renderSecretFile": "\(folder)/secret",
      ]
      let settings = try Self.settings(flags, in: folder)
      let run = DaemonRun(settings: settings, once: true, console: Shown().console)
      let session = try run.sessionSettings(version: nil, SQLiteAuditStore(path: "\(folder)/audit.sqlite"))
      #expect(session.regions == ["eu-north", "eu-south"])
      #expect(session.parallelism == 3)
      #expect(session.service.interval == 0.1)
      #expect(session.service.driftInterval == 60)
      #expect(session.service.healthTimeout == 9)
      #expect(session.service.passTimeout == 11)
      #expect(!session.service.isWatching)
      #expect(session.resumeAuditAt == 41)
      #expect(session.render.allowsDemonstrationIdentities)
      #expect(session.render.renderSecret != nil)
      #expect(session.platformIdentities.count == 1)
      #expect(session.checkpoints == nil)
    }
  }

  @Test func aShortRenderSecretIsRefused() async throws {
    try await ExternalCommand.withFolder { folder in
      try ExternalCommand.write([1, 2, 3], to: "\(folder)/secret")
      let error = await #expect(throws: SyncDaemonError.self) {
        try await Self.run(["renderSecretFile": "\(folder)/secret"], in: folder)
      }
      #expect(error?.kind == .refused)
    }
  }
}
