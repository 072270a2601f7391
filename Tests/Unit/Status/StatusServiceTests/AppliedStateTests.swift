import StatusModel
import StatusServer
import TestSupport
import Testing
import TextFormats

@testable import StatusService

/// What the daemon's report says of commits.
@Suite struct AppliedStateTests {
  /// A report with what each region runs.
  private func report(_ regions: [String: JSON], organizations: [JSON] = []) throws -> SyncReport {
    try #require(
      SyncReport(
        document: [
          "version": 1,
          "regions": .object(
            JSON.Members(regions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
          "organizations": .array(organizations),
        ]))
  }

  private func inFolder(_ body: (FollowedFolder) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try FollowedFolder(folder)
      let task = Task { await world.service.board.run() }
      try await body(world)
      task.cancel()
      await task.value
    }
  }

  private func progress(_ world: FollowedFolder) -> [CommitRecord.Progress] { world.snapshot.commits.map(\.progress) }

  @Test func aCommitIsAppliedOnceEveryRegionRunsIt() async throws {
    try await inFolder { world in
      let first = try await world.commit()
      try world.addRelay("north-2", port: 30_102)
      let second = try await world.commit()
      await world.service.accept(second.id, second.compilation)
      await world.service.show(second.id)
      let one = ["applied": JSON.string(first.id)] as JSON
      let two = ["applied": JSON.string(second.id)] as JSON
      await world.service.take(try report(["eu-north": one, "eu-south": one]))
      try await until("nothing newer runs") { progress(world) == [.nowhere, .everywhere] }
      await world.service.take(try report(["eu-north": two, "eu-south": one]))
      try await until("one region runs it") { progress(world) == [.somewhere, .everywhere] }
      await world.service.take(try report(["eu-north": two, "eu-south": two]))
      try await until("all regions run it") { progress(world) == [.everywhere, .everywhere] }
    }
  }

  @Test func relaysAreShownFromTheCommitThatTheirRegionRuns() async throws {
    try await inFolder { world in
      let first = try await world.commit()
      try world.addRelay("north-2", port: 30_102)
      let second = try await world.commit()
      await world.service.accept(second.id, second.compilation)
      #expect(world.relays == ["north-1", "north-2"])
      await world.service.take(try report(["eu-north": ["applied": .string(first.id)]]))
      #expect(world.relays == ["north-1"])
    }
  }

  @Test func aKeptOrganizationStaysAtItsLastGoodCommit() async throws {
    try await inFolder { world in
      let first = try await world.commit()
      try world.addRelay("north-2", port: 30_102)
      let second = try await world.commit()
      await world.service.accept(second.id, second.compilation)
      await world.service.show(second.id)
      let region: JSON = ["applied": .string(second.id), "lastGood": ["acme": .string(first.id)]]
      await world.service.take(
        try report(["eu-north": region], organizations: [["org": "acme", "kept": true, "errors": 1]]))
      try await until("it is shown as kept") { world.snapshot.commits.first?.staying == ["acme": .kept] }
      #expect(world.relays == ["north-1"])
      #expect(world.snapshot.commits.last?.staying == [:])
    }
  }

  @Test func aRefusedCommitIsShownAsRefused() async throws {
    try await inFolder { world in
      let first = try await world.commit()
      await world.service.accept(first.id, first.compilation)
      try world.addRelay("north-2", port: 30_102)
      let second = try await world.commit()
      await world.service.noteRefused(second.id)
      await world.service.show(second.id)
      try await until("it is refused") { progress(world) == [.refused, .everywhere] }
      // A commit that is accepted later is not refused any more.
      await world.service.accept(second.id, second.compilation)
      try await until("it is accepted") { progress(world) == [.everywhere, .everywhere] }
    }
  }
}
