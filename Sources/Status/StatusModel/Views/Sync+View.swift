import FleetMonitoring
import ConfigModel
import Diagnostics
import TextFormats

extension DiagnosticView {
  /// Most diagnostics in one response.
  static let maxCount = 100

  static let view = ObjectView<DiagnosticView>(
    "Diagnostic", "A message of the compiler about a commit", org: { $0.org }
  ) {
    view in
    view.text("code", "its code, for `wpex explain`") { $0.diagnostic.code.rawValue }
    view.choice("severity", "whether it is an error or a warning") { $0.diagnostic.severity }
    view.add("message", .text, "what is wrong") { shown, sight in
      .string(shown.message(sight))
    }
    view.optionalText("org", "organization that owns the file; null for the platform") { $0.org }
    view.text("path", "the file") { $0.diagnostic.primary.location.path }
    view.add("line", .integer, "from 1") { shown, sight in
      .integer(shown.excerpt(sight).line)
    }
    view.add("column", .integer, "from 1") { shown, sight in
      .integer(shown.excerpt(sight).column)
    }
    view.add("frame", .text, "the source lines, with the relevant part underlined") { shown, sight in
      .string(shown.excerpt(sight).text)
    }
    view.add("help", .nullable(.text), "what to do") { shown, sight in
      JSON(shown.help(sight))
    }
    view.text("explain", "the command that explains it") { "wpex explain \($0.diagnostic.code.rawValue)" }
  }
}

extension VisibleSnapshot {
  /// Organizations whose diagnostics and commits the viewer may see.
  var diagnosticReach: Scope.Reach { scope.reach(of: .relaysRead) }
}

/// State of the sync, as far as the viewer may see it.
struct SyncView: Sendable {
  /// Overall state.
  let phase: SyncPhase
  /// Number of object changes that await approval.
  let held: Int
  /// Why passes fail; nil if they succeed, or if the viewer does not see every organization.
  let problem: String?
  /// Plans that await approval.
  let holds: [HoldView]

  /// A plan that awaits approval.
  struct HoldView: Sendable {
    let region: String
    /// Digest of the plan; nil unless the viewer sees every organization, since it may cover changes of others.
    let digest: String?
    /// Number of held object changes that the viewer may see.
    let changes: Int
    /// Reasons that the viewer may see.
    let reasons: [SyncReport.Reason]
  }

  /// Most organizations in one response.
  static let maxOrganizations = 500

  init(_ sight: VisibleSnapshot, permission: Permission = .relaysRead) {
    let reach = sight.scope.reach(of: permission)
    let report = sight.snapshot.sync
    problem = reach == .everywhere ? report?.problem : nil
    holds = (report?.regions ?? []).compactMap { region in
      guard let hold = region.held else { return nil }
      let reasons = hold.reasons.filter { reach.contains($0.org) }
      guard !reasons.isEmpty else { return nil }
      return HoldView(
        region: region.name, digest: reach == .everywhere ? hold.digest : nil,
        changes: hold.changes.filter { reach.contains($0.key) }.values.reduce(0, +), reasons: reasons)
    }
    let organizations = (report?.organizations ?? [:]).filter { reach.contains($0.key) }.values
    held = organizations.reduce(0) { $0 + $1.held }
    phase =
      if report == nil {
        .unknown
      } else if problem != nil {
        .failing
      } else {
        held > 0 ? .held : organizations.contains { $0.isKept || $0.failure != nil } ? .kept : .current
      }
  }

  static let view = ObjectView<SyncView>("Sync", "State of the sync", org: { _ in nil }) { view in
    view.choice("state", "its state") { $0.phase }
    view.add("source", .nullable(.text), "the followed repository; null unless the viewer can see every organization") {
      _, sight in
      sight.diagnosticReach == .everywhere ? JSON(sight.snapshot.sync?.source) : .null
    }
    view.optionalFreeText("problem", "why it fails; null unless the viewer can see every organization") { $0.problem }
    view.optionalObject("head", CommitRecord.view, "the newest commit that the viewer can see") { _, sight in
      sight.commits(.relaysRead).first
    }
    view.objects("regions", regionView, "regions; empty unless the viewer can see every organization") { _, sight in
      sight.diagnosticReach == .everywhere ? sight.snapshot.sync?.regions ?? [] : []
    }
    view.objects("orgs", organizationView, "organizations, those with problems first; at most \(maxOrganizations)") {
      _, sight in organizations(sight)
    }
    view.objects("held", holdView, "plans that wait for approval") { shown, _ in shown.holds }
    view.objects(
      "diagnostics", DiagnosticView.view,
      "compiler messages about the newest commit; at most \(DiagnosticView.maxCount)"
    ) {
      _, sight in Array(sight.diagnostics(.relaysRead).prefix(DiagnosticView.maxCount))
    }
    view.add("diagnosticsTotal", .integer, "number of compiler messages") { _, sight in
      .integer(sight.diagnostics(.relaysRead).count)
    }
  }

  private static func organizations(_ sight: VisibleSnapshot) -> [NamedSync] {
    let all = sight.organizations(.relaysRead).map { NamedSync(org: $0.name, sync: OrganizationSync($0.name, sight)) }
    let troubled = all.filter { $0.sync.phase != .current && $0.sync.phase != .unknown }
    let others = all.filter { $0.sync.phase == .current || $0.sync.phase == .unknown }
    return Array((troubled + others).prefix(maxOrganizations))
  }

  /// State of an organization's sync with its name.
  struct NamedSync: Sendable {
    let org: String
    let sync: OrganizationSync
  }

  private static let organizationView = ObjectView<NamedSync>(
    "NamedOrganizationSync", "State of an organization's sync", org: { $0.org }
  ) { view in
    view.text("org", "the organization") { $0.org }
    view.include(OrganizationSync.view) { $0.sync }
    view.object("relays", CommonViews.relayCounts, "its relays") { named, sight in
      sight.snapshot.relayCounts[named.org] ?? RelayCounts()
    }
  }

  private static let regionView = ObjectView<SyncReport.Region>(
    "RegionSync", "State of a region's sync", org: { _ in nil }
  ) {
    view in
    view.text("name", "the region") { $0.name }
    view.optionalText("applied", "the commit that is applied there") { $0.applied }
    view.optionalInteger("generation", "the number of its last apply, if that changed anything") { $0.generation }
    view.optionalFreeText("outcome", "what the last pass came to") { $0.outcome }
    view.addStatements(of: "outcome") { StatusText($0.outcomeStatements) }
    view.add("state", .choice([SyncPhase.current.rawValue, SyncPhase.held.rawValue]), "what it is at") { region, _ in
      .string((region.held == nil ? SyncPhase.current : .held).rawValue)
    }
  }

  private static let holdView = ObjectView<HoldView>("Hold", "A plan that is waiting for approval", org: { _ in nil }) {
    view in
    view.text("region", "where") { $0.region }
    view.optionalText("digest", "the plan's digest; null unless the viewer can see every organization") { $0.digest }
    view.integer("changes", "object changes waiting for approval") { $0.changes }
    view.objects("reasons", reasonView, "why") { shown, _ in shown.reasons }
    view.add(
      "command", .nullable(.text), "the command that approves it; null for viewers with only basic read permissions"
    ) {
      shown, sight in JSON(shown.digest.flatMap { sight.approval(of: $0) })
    }
  }

  private static let reasonView = ObjectView<SyncReport.Reason>(
    "HoldReason", "Why deletions are waiting for approval", org: { $0.org }
  ) {
    view in
    view.text("org", "whose deletions") { $0.org }
    view.freeText("reason", "why they wait") { $0.text }
    view.addStatements(of: "reason") { reason in reason.statement.map { [$0] } }
  }
}

extension VisibleSnapshot {
  /// Returns the command that approves a held plan; nil for viewers with only basic read permissions.
  ///
  /// The holder of the token printed at startup can read the audit log but change nothing, and operates the daemon:
  /// hence `auditRead` suffices.
  fileprivate func approval(of digest: String) -> String? {
    guard allows(.relaysWrite, in: nil) || allows(.auditRead, in: nil) else { return nil }
    let state = snapshot.installation.stateFolder.map { " --state \(ShellText.word($0))" } ?? ""
    return "\(snapshot.installation.commandPrefix) sync approve\(state) \(digest)"
  }
}

extension CommitRecord {
  static let view = ObjectView<CommitRecord>("Commit", "A commit of the followed branch", org: { _ in nil }) { view in
    view.text("id", "its id") { $0.id }
    view.time("time", "when it was committed") { Double($0.time) }
    view.add("author", .nullable(.text), "its author; null if it touched anything that the viewer cannot see") {
      commit, sight in commit.isWithin(sight.diagnosticReach) ? .string(sight.atHome.seen(commit.author)) : .null
    }
    view.add("summary", .nullable(.text), "the first line of its message; null in the same case") { commit, sight in
      commit.isWithin(sight.diagnosticReach) ? .string(sight.atHome.seen(commit.summary)) : .null
    }
    view.add("orgs", .list(.text), "organizations it touched that the viewer can see") { commit, sight in
      let reach = sight.diagnosticReach
      return .array(commit.organizations.filter { reach.contains($0) }.sorted().map { .string($0) })
    }
    view.boolean("platform", "whether it changed anything that all organizations depend on") { $0.touchesPlatform }
    view.add("state", .choice(State.allCases.map(\.rawValue)), "what became of it") { commit, sight in
      .string(commit.state(within: sight.diagnosticReach).rawValue)
    }
  }

  static let list = ListView<CommitRecord>(
    view: view, org: { _ in nil }, id: { $0.order }, words: nil,
    filters: [
      .init("state", .choice(State.allCases.map(\.rawValue)), "in this state") { commit, value, sight in
        commit.state(within: sight.diagnosticReach).rawValue == value
      }
    ], sorts: [])
}
