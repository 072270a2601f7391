import GitStore
import SyncService
import Synchronization
import TestSupport
import Testing

/// One repository that several services follow.
@Suite struct SharedSourceTests {
  /// A source whose fetches end when a test lets them.
  private final class SlowSource: RepositorySource {
    private struct State {
      var begun = 0
      var cancelled = 0
      var isOpen = false
    }

    private let source: RemoteSource
    private let state = Mutex(State())

    init(_ source: RemoteSource) { self.source = source }

    var begun: Int { state.withLock { $0.begun } }
    var cancelled: Int { state.withLock { $0.cancelled } }
    func open() { state.withLock { $0.isOpen = true } }

    var repository: GitRepository { source.repository }
    var canBeSigned: Bool { source.canBeSigned }
    var description: String { source.description }
    func isAncestor(_ old: String, of new: String) async throws -> Bool { try await source.isAncestor(old, of: new) }

    func newest() async throws -> CommitInfo {
      state.withLock { $0.begun += 1 }
      do {
        while !state.withLock({ $0.isOpen }) { try await Task.sleep(for: .milliseconds(5)) }
      } catch {
        state.withLock { $0.cancelled += 1 }
        throw error
      }
      return try await source.newest()
    }
  }

  private func withSource(_ body: (SharedSource, SlowSource, GitWorld, String) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try GitWorld(folder: folder)
      try world.write("README.md", "first")
      let first = try world.commit("first")
      let slow = SlowSource(try world.source("mirror"))
      try await body(SharedSource(slow), slow, world, first)
    }
  }

  private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// A fetch that has begun may have looked before a push, so those who come later wait for one more, and share it.
  @Test func fetchesThatHaveNotBegunAreShared() async throws {
    try await withSource { shared, slow, world, _ in
      let early = Task { try await shared.newest().id }
      try await until { slow.begun == 1 }
      let late = (0..<5).map { _ in Task { try await shared.newest().id } }
      while await shared.waitingCount < 6 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(slow.begun == 1)
      try world.write("README.md", "second")
      let second = try world.commit("second")
      slow.open()
      _ = try await early.value
      for task in late { #expect(try await task.value == second) }
      #expect(slow.begun == 2)
    }
  }

  @Test func whoLeavesDoesNotWait() async throws {
    try await withSource { shared, slow, _, first in
      let stays = Task { try await shared.newest().id }
      try await until { slow.begun == 1 }
      let leaves = Task { try await shared.newest().id }
      while await shared.waitingCount < 2 { try await Task.sleep(for: .milliseconds(1)) }
      leaves.cancel()
      await #expect(throws: CancellationError.self) { try await leaves.value }
      #expect(slow.cancelled == 0)
      slow.open()
      #expect(try await stays.value == first)
      #expect(try await shared.newest().id == first)
    }
  }

  @Test func aFetchEndsWithTheLastWhoWaits() async throws {
    try await withSource { shared, slow, _, first in
      let only = Task { try await shared.newest().id }
      try await until { slow.begun == 1 }
      only.cancel()
      await #expect(throws: CancellationError.self) { try await only.value }
      try await until { slow.cancelled == 1 }
      slow.open()
      #expect(try await shared.newest().id == first)
    }
  }
}
