import ConfigCompiler
import GitStore
import StatusModel
import StatusServer
import SyncService

/// Commits that the daemon's report shows as applied, and what the status board derives from them.
///
/// Each region runs one commit; organizations with errors may stay at an older one.
actor AppliedState {
  private let board: SnapshotPublisher
  private let repository: GitRepository
  private let compiler: IncrementalCompiler
  private let timeline: CommitTimeline
  /// Newest accepted commit.
  private var accepted: RunningCommits.Commit?
  /// Last report that could be read.
  private var report: SyncReport?
  private var compilations: [String: Compilation] = [:]
  private var entries: [CommitTimeline.Entry] = []
  private var refused: Set<String> = []

  /// Maximum number of commits remembered as refused.
  private static let maxRefused = 1_000

  init(_ board: SnapshotPublisher, _ repository: GitRepository) {
    self.board = board
    self.repository = repository
    compiler = IncrementalCompiler(repository)
    timeline = CommitTimeline(repository)
  }

  /// Sets the newest accepted commit.
  func accept(_ commit: String, _ compilation: Compilation) async {
    accepted = RunningCommits.Commit(id: commit, compilation: compilation)
    compilations[commit] = compilation
    refused.remove(commit)
    await showModel()
    await showCommits()
  }

  /// Marks a commit as refused.
  func refuse(_ commit: String) {
    if refused.count > Self.maxRefused { refused = [] }
    refused.insert(commit)
  }

  /// Processes a report of the daemon; nil if it cannot be read now.
  func take(_ report: SyncReport?) async {
    await board.take(report)
    guard let report, report != self.report else { return }
    let isSame = self.report.map { Self.places(of: $0) == Self.places(of: report) } ?? false
    self.report = report
    if !isSame { await showModel() }
    await showCommits()
  }

  /// Shows the branch's history up to a commit.
  func show(_ head: String) async {
    // Unreadable history is read again with the next commit; the rest of the page does not depend on it.
    guard let entries = try? await timeline.extend(to: head) else { return }
    self.entries = entries
    await showCommits()
  }

  // MARK: - What runs

  /// Parts of a report that decide which commit each relay is shown from.
  private struct Place: Equatable {
    let region: String
    let applied: String?
    let lastGood: [String: String]
    let held: Set<String>
  }

  private static func places(of report: SyncReport) -> [Place] {
    report.regions.map { region in
      Place(
        region: region.name, applied: region.applied, lastGood: region.lastGood,
        held: Set((region.held?.changes ?? [:]).keys))
    }
  }

  private func showModel() async {
    guard let accepted else { return }
    var running = RunningCommits()
    var used: Set<String> = [accepted.id]
    for region in report?.regions ?? [] {
      running.held.formUnion((region.held?.changes ?? [:]).keys)
      guard let id = region.applied, let applied = await commit(id) else { continue }
      used.insert(id)
      var staying: [String: RunningCommits.Commit] = [:]
      for (org, id) in region.lastGood {
        staying[org] = await commit(id)
        used.insert(id)
      }
      running.regions[region.name] = RunningCommits.Region(applied: applied, staying: staying)
    }
    compilations = compilations.filter { used.contains($0.key) }
    await board.apply(accepted.compilation, running: running)
  }

  /// A compiled commit; nil if it cannot be read, in which case the newest one is shown.
  private func commit(_ id: String) async -> RunningCommits.Commit? {
    if let known = compilations[id] { return RunningCommits.Commit(id: id, compilation: known) }
    guard !id.isEmpty, let commit = try? await repository.commit(id),
      let compilation = try? await compiler.compile(commit, now: commit.committer.time)
    else { return nil }
    compilations[id] = compilation
    return RunningCommits.Commit(id: id, compilation: compilation)
  }

  // MARK: - What became of commits

  private func showCommits() async {
    // Unknown commits are older than all known ones.
    let places = Dictionary(entries.map { ($0.commit.id, $0.place) }) { first, _ in first }
    func place(_ commit: String?) -> Int { commit.flatMap { places[$0] } ?? -1 }
    let applied = report.map { $0.regions.compactMap(\.applied).map(place) } ?? []
    let everywhere = applied.min() ?? place(accepted?.id)
    let somewhere = applied.max() ?? everywhere
    let waits = waits(place)
    await board.take(
      entries.map { entry in
        let staying = waits.filter { entry.organizations.contains($0.key) && entry.place > $0.value.place }
        return CommitRecord(
          place: entry.place, id: entry.commit.id, time: entry.commit.committer.time,
          author: "\(entry.commit.author.name) <\(entry.commit.author.email)>", summary: entry.commit.summary,
          organizations: entry.organizations, touchesPlatform: entry.touchesPlatform,
          progress: refused.contains(entry.commit.id)
            ? .refused : entry.place <= everywhere ? .everywhere : entry.place <= somewhere ? .somewhere : .nowhere,
          staying: staying.mapValues(\.wait))
      })
  }

  /// For each organization that stays behind: the reason, and the index of the commit that it runs.
  private func waits(_ place: (String) -> Int) -> [String: (wait: CommitRecord.Wait, place: Int)] {
    guard let report else { return [:] }
    var waits: [String: (wait: CommitRecord.Wait, place: Int)] = [:]
    for (org, organization) in report.organizations where organization.stays {
      let commits = report.regions.compactMap { $0.lastGood[org] }
      let isKept = organization.isKept || organization.failure != nil
      waits[org] = (isKept ? .kept : .held, commits.map(place).min() ?? -1)
    }
    return waits
  }
}
