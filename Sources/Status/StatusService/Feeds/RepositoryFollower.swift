import ConfigCompiler
import ConfigModel
import FleetMonitoring
import FoundationEssentials
import GitStore
import StatusModel
import StatusServer
import SyncService

/// Follows a repository for the status server.
///
/// The applied commit decides who sees what; the newest one is shown with its errors. Failures leave the pages
/// unchanged.
struct RepositoryFollower {
  let source: any RepositorySource
  let service: StatusService
  /// Reports of a daemon; nil if there is none, and then the newest accepted commit counts as applied.
  let reports: (any SyncReports)?
  /// Verifies fetched commits: the contents of rejected ones are neither shown nor used for rights.
  let acceptance: CommitAcceptance
  /// Seconds between polls of the repository.
  let interval: Double
  /// The clusters to observe; nil if they do not depend on the platform.
  var clusters: ServedClusters?

  /// Seconds between polls of the daemon's report.
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
          if let news = try await newest(after: head, compilers.head, time) {
            head = news
            let platform = news.compilation.faults == .platform ? nil : news.compilation.platform.platform
            if let platform { await clusters?.serve(platform.spec) }
          }
          await service.board.observe(SourceCondition("repository", lastAnswer: time))
        } catch {
          await service.board.observe(SourceCondition("repository", problem: StatusText(quoting: "\(error)")))
        }
      }
      if let head {
        let report = await report(head.compilation)
        await service.take(report)
        let wanted = await newestApplied(report) ?? (reports == nil ? head.commit.id : nil)
        if let wanted, wanted != applied, await apply(wanted, head, compilers.applied, time) {
          applied = wanted
        }
      }
      try? await Task.sleep(for: .seconds(min(interval, Self.reportInterval)))
    }
  }

  /// Returns the newest commit, if it differs from `head` and is accepted.
  ///
  /// - Throws: Reason why it is not shown; the previous one then stays.
  private func newest(
    after head: (commit: CommitInfo, compilation: Compilation)?, _ compiler: IncrementalCompiler, _ time: Double
  ) async throws -> (commit: CommitInfo, compilation: Compilation)? {
    let commit = try await source.newest()
    guard commit.id != head?.commit.id else { return nil }
    let verified: CommitAcceptance.Verified
    do {
      verified = try await acceptance.verify(commit, known: await appliedCommits(head?.compilation))
    } catch let refusal as CommitAcceptance.Refusal {
      await service.noteRefused(commit.id)
      await service.show(commit.id)
      throw refusal
    }
    let compilation = try await compiler.compile(commit, now: Int64(time), base: head?.compilation)
    // With an unreadable platform nobody could log in: the commit is shown with its errors, but does not take effect.
    if compilation.faults != .platform { try await acceptance.accept(verified, regions: []) }
    await service.board.note(head: commit.id, compilation)
    await service.show(commit.id)
    return (commit, compilation)
  }

  /// Commits that a daemon has applied, used until this server has accepted one itself.
  private func appliedCommits(_ compilation: Compilation?) async -> [String] {
    guard (try? await acceptance.current()) == nil, let reports else { return [] }
    let regions = compilation?.platform.platform?.spec.regions ?? []
    return ((try? await reports.report(of: regions))?.regions ?? []).compactMap(\.applied)
  }

  private func report(_ compilation: Compilation) async -> SyncReport? {
    guard let reports else { return nil }
    let regions = compilation.platform.platform?.spec.regions ?? []
    do {
      let report = try await reports.report(of: regions)
      // The others' states are shown meanwhile.
      let unread = await reports.unread.sorted { $0.key < $1.key }
      let problem = unread.isEmpty ? nil : unread.map { "cluster `\($0.key)`: \($0.value)" }.joined(separator: "; ")
      await service.board.observe(
        SourceCondition(
          "sync state", lastAnswer: Date.now.timeIntervalSince1970, problem: problem.map { StatusText(quoting: $0) }))
      return report
    } catch {
      await service.board.observe(SourceCondition("sync state", problem: StatusText(quoting: "\(error)")))
      return nil
    }
  }

  /// Newest of the commits that regions run.
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
    // With an unreadable platform nobody could log in, and no daemon applies it.
    guard compilation.faults != .platform else { return false }
    await service.accept(id, compilation)
    return true
  }
}
