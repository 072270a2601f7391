import AuditLog
import AuditStores
import ProcessSupport
import FoundationEssentials
import GitStore
import SyncEngine
import SyncService
import Synchronization
import TestSupport
import Testing

/// A pass that does not get on is a failed pass, and says what it waited for.
@Suite struct StalledPassTests {
  /// A repository that never answers.
  private struct SilentSource: RepositorySource {
    let repository: GitRepository
    let endsWhenCancelled: Bool

    func newest() async throws -> CommitInfo {
      if endsWhenCancelled { try await Task.sleep(for: .seconds(3_600)) }
      return await withUnsafeContinuation { _ in }
    }

    func isAncestor(_ old: String, of new: String) async throws -> Bool { false }
    let canBeSigned = false
    let description = "a repository that never answers"
  }

  private final class Events: Sendable {
    let failures = Mutex<[String]>([])
  }

  private func service(
    _ folder: String, _ pulse: Pulse, _ events: Events, endsWhenCancelled: Bool
  ) throws -> SyncService {
    let mirror = "\(folder)/mirror.git"
    _ = try GitMirror(at: mirror)
    var options = SyncService.Options()
    options.passTimeout = 0.3
    options.interval = 0.1
    return SyncService(
      source: SilentSource(repository: try GitRepository(at: mirror), endsWhenCancelled: endsWhenCancelled),
      regions: nil,
      audit: try SQLiteAuditStore(path: "\(folder)/audit.sqlite"), states: try StateFolder("\(folder)/state"),
      options: options,
      makeReconciler: { _ in preconditionFailure("nothing is ever applied") }, pulse: pulse,
      onEvent: { event in
        if case .passFailed(let reason, _) = event { events.failures.withLock { $0.append(reason) } }
      })
  }

  @Test func isBrokenOffAndTriedAgain() async throws {
    try await ExternalCommand.withFolder { folder in
      let events = Events()
      let service = try service(folder, Pulse(), events, endsWhenCancelled: true)
      let run = Task { await service.run() }
      func isSaid() -> Bool {
        events.failures.withLock { $0.count { $0.contains("while it was fetching the repository") } } > 1
      }
      while !isSaid() { try await Task.sleep(for: .milliseconds(20)) }
      #expect(await service.condition.problem?.contains("did not get on") == true)
      run.cancel()
      await run.value
    }
  }

  /// What cannot even be broken off is seen from outside, and keeps nobody from ending.
  @Test func isSeenFromOutsideIfItCannotBeBrokenOff() async throws {
    try await ExternalCommand.withFolder { folder in
      let pulse = Pulse()
      let service = try service(folder, pulse, Events(), endsWhenCancelled: false)
      let run = Task { await service.run() }
      while pulse.stalled() != "fetching the repository" { try await Task.sleep(for: .milliseconds(20)) }
      while await service.condition.problem == nil { try await Task.sleep(for: .milliseconds(20)) }
      run.cancel()
      #expect(await BoundedWait.end(of: run, within: .milliseconds(200)) == false)
    }
  }

  @Test func aPulseThatGoesOnIsNotLate() async throws {
    let pulse = Pulse()
    #expect(pulse.stalled() == nil && pulse.remaining == nil)
    pulse.begin("counting", within: 0)
    while pulse.stalled() == nil { try await Task.sleep(for: .milliseconds(1)) }
    #expect(pulse.stalled() == "counting" && pulse.stalled(grace: .seconds(60)) == nil)
    pulse.begin("waiting", within: 60)
    #expect(pulse.stalled() == nil)
    pulse.goOn()
    pulse.end()
    #expect(pulse.remaining == nil)
  }

  @Test func waitsAreBounded() async throws {
    #expect(try await BoundedWait.value(within: .seconds(60)) { 7 } == 7)
    await #expect(throws: BoundedWait.Elapsed.self) {
      try await BoundedWait.value(within: .milliseconds(10)) {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
    }
    let endless = Task { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
    let waiting = Task { await BoundedWait.end(of: endless, graceAfterCancellation: .milliseconds(10)) }
    waiting.cancel()
    #expect(await waiting.value == false)
    #expect(await BoundedWait.end(of: Task {}, graceAfterCancellation: .seconds(60)))
  }
}
