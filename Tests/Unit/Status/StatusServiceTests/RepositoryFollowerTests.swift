import ConfigModel
import FoundationEssentials
import StatusModel
import SyncService
import Synchronization
import TestSupport
import Testing
import TextFormats

@testable import StatusService

/// The pages show what is applied, and keep it when something breaks.
@Suite struct RepositoryFollowerTests {
  private func inFolder(_ body: (FollowedFolder) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { try await body(FollowedFolder($0)) }
  }

  /// Reports that a test changes.
  private final class Reports: SyncReports {
    private let applied = Mutex<String?>(nil)
    private let isAway = Mutex(false)

    func set(_ commit: String?) { applied.withLock { $0 = commit } }
    func goAway() { isAway.withLock { $0 = true } }

    func report(of regions: [Region]) async throws -> SyncReport? {
      if isAway.withLock({ $0 }) { throw ExternalCommand.Failure(what: "the cluster is away") }
      guard let commit = applied.withLock({ $0 }) else { return nil }
      return SyncReport(document: ["version": 1, "regions": ["eu-north": ["applied": .string(commit), "relays": []]]])
    }
  }

  @Test func withoutADaemonTheNewestCommitIsShown() async throws {
    try await inFolder { world in
      try await world.follow {
        try await until("the first commit is shown") { world.relays == ["north-1"] }
        try world.addRelay("north-2", port: 30_102)
        try await until("the second commit is shown") { world.relays == ["north-1", "north-2"] }
      }
    }
  }

  @Test func anUnreadablePlatformDoesNotTakeEffect() async throws {
    try await inFolder { world in
      try await world.follow {
        try await until("the first commit is shown") { world.relays == ["north-1"] }
        try world.write("platform.yaml", "kind: [")
        try world.addRelay("north-2", port: 30_102)
        try await until("its errors are shown") {
          world.snapshot.commits.count == 2
        }
        #expect(world.relays == ["north-1"])
        #expect(world.snapshot.model?.platform != nil)
      }
    }
  }

  @Test func aRepositoryThatIsAwayKeepsWhatIsShown() async throws {
    try await inFolder { world in
      try await world.follow {
        try await until("the first commit is shown") { world.relays == ["north-1"] }
        try FileManager.default.moveItem(atPath: "\(world.folder)/relays", toPath: "\(world.folder)/away")
        try await until("the problem is shown") { world.problem(of: "repository") != nil }
        #expect(world.relays == ["north-1"])
        try FileManager.default.moveItem(atPath: "\(world.folder)/away", toPath: "\(world.folder)/relays")
        try await until("the problem is gone") { world.problem(of: "repository") == nil }
      }
    }
  }

  @Test func withADaemonOnlyItsCommitIsShown() async throws {
    try await inFolder { world in
      let reports = Reports()
      try await world.follow(reports) {
        let first = try await world.commit()
        try await until("the commit is known") { world.snapshot.commits.first?.id == first.id }
        #expect(world.snapshot.model == nil)
        reports.set(first.id)
        try await until("what is applied is shown") { world.relays == ["north-1"] }
        try world.addRelay("north-2", port: 30_102)
        try await until("the next commit is known") { world.snapshot.commits.count == 2 }
        #expect(world.relays == ["north-1"])
        #expect(world.snapshot.commits.map(\.progress) == [.nowhere, .everywhere])
        reports.set(world.snapshot.commits[0].id)
        try await until("it is shown once it is applied") { world.relays == ["north-1", "north-2"] }
        reports.goAway()
        try await until("the problem is shown") { world.problem(of: "sync state") != nil }
        #expect(world.relays == ["north-1", "north-2"])
      }
    }
  }
}
