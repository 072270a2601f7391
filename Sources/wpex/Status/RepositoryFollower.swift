import ConfigCompiler
import ConfigModel
import FleetHealth
import FoundationEssentials
import GitStore
import StatusModel
import StatusServer
import SyncService

/// Follows a repository for the status server: what is applied decides who sees what, what is newest is shown with its
/// errors. Whatever fails leaves what is shown as it is.
struct RepositoryFollower {
  let source: any RepositorySource
  let service: StatusService
  /// Nil where no daemon tells: the newest commit then counts as applied.
  let reports: (any SyncReports)?
  /// Seconds between looks.
  let interval: Double

  /// Seconds between looks at what the daemon says.
  private static let reportInterval = 2.0

  func run() async {
    let compilers = (head: IncrementalCompiler(source.repository), applied: IncrementalCompiler(source.repository))
    var head: (commit: CommitInfo, compilation: Compilation)?
    var applied: String?
    var lastLook = ContinuousClock.now - .seconds(86_400)
    while !Task.isCancelled {
      let time = Date.now.timeIntervalSince1970
      if ContinuousClock.now - lastLook >= .seconds(interval) {
        lastLook = .now
        do {
          let commit = try await source.newest()
          if commit.id != head?.commit.id {
            let compilation = try await compilers.head.compile(commit, now: Int64(time))
            head = (commit, compilation)
            await service.board.note(head: commit.id, compilation)
            await service.show(commit.id)
          }
          await service.board.observe(SourceCondition("repository", lastAnswer: time))
        } catch {
          await service.board.observe(SourceCondition("repository", lastAnswer: nil, problem: "\(error)"))
        }
      }
      if let head {
        let report = await report(head.compilation)
        await service.board.take(report)
        let wanted = await newestApplied(report) ?? (reports == nil ? head.commit.id : nil)
        if let wanted, wanted != applied, await apply(wanted, head, compilers.applied, time) {
          applied = wanted
          await service.noteApplied(wanted)
          await service.show(head.commit.id)
        }
      }
      try? await Task.sleep(for: .seconds(min(interval, Self.reportInterval)))
    }
  }

  private func report(_ compilation: Compilation) async -> SyncReport? {
    guard let reports else { return nil }
    let regions = compilation.platform.platform?.spec.regions.map(\.name) ?? []
    do {
      let report = try await reports.report(of: regions)
      await service.board.observe(SourceCondition("sync state", lastAnswer: Date.now.timeIntervalSince1970))
      return report
    } catch {
      await service.board.observe(SourceCondition("sync state", problem: "\(error)"))
      return nil
    }
  }

  /// Of the commits that regions have, the newest.
  private func newestApplied(_ report: SyncReport?) async -> String? {
    var newest: String?
    for commit in Set((report?.regions ?? []).compactMap(\.applied)) {
      guard let known = newest else {
        newest = commit
        continue
      }
      if (try? await source.isAncestor(known, of: commit)) == true { newest = commit }
    }
    return newest
  }

  private func apply(
    _ id: String, _ head: (commit: CommitInfo, compilation: Compilation), _ compiler: IncrementalCompiler,
    _ time: Double
  ) async -> Bool {
    let compilation: Compilation
    if id == head.commit.id {
      compilation = head.compilation
    } else {
      guard let commit = try? await source.repository.commit(id),
        let compiled = try? await compiler.compile(commit, now: Int64(time))
      else { return false }
      compilation = compiled
    }
    // A platform that cannot be read lets nobody in, and is applied nowhere.
    guard compilation.faults != .platform else { return false }
    await service.board.apply(compilation)
    return true
  }
}
