/// A commit of the followed branch with the organizations it affects.
///
/// A viewer of one organization sees only the commits that affect it.
package struct CommitRecord: Sendable, Equatable {
  /// State of a commit as it is shown.
  package enum State: String, CaseIterable, Sendable {
    /// This commit or a later one is applied.
    case applied
    /// Applied only to some of the organizations it affects, or only in some regions.
    case partlyApplied = "partly-applied"
    /// Everything it affects awaits approval.
    case held
    /// Everything it affects stays at its last good commit because of errors.
    case keptBack = "kept-back"
    /// The commit will not be applied.
    case refused
    /// Not applied yet.
    case pending
  }

  /// How far the commit has been applied, apart from organizations that do not follow it.
  package enum Progress: Sendable, Equatable { case everywhere, somewhere, nowhere, refused }

  /// Commit id.
  package let id: String
  /// Sort key of the position in the timeline; the newest sorts first.
  package let order: String
  /// Commit time, in seconds since 1970.
  package let time: Int64
  /// Author, as `Name <email>`.
  package let author: String
  /// First line of the message.
  package let summary: String
  /// Names of the organizations it affects.
  package let organizations: Set<String>
  /// Whether it changes platform-wide files, which affect every organization.
  package let touchesPlatform: Bool
  /// How far it has been applied.
  package let progress: Progress
  /// Affected organizations that do not follow it, and why.
  package let staying: [String: Wait]

  /// Why an organization does not follow: its changes await approval, or it has errors.
  package enum Wait: Sendable, Equatable { case held, kept }

  /// Creates a record.
  ///
  /// - Parameter place: position in the branch's history; 0 is the oldest commit known.
  package init(
    place: Int, id: String, time: Int64, author: String, summary: String, organizations: Set<String>,
    touchesPlatform: Bool, progress: Progress, staying: [String: Wait] = [:]
  ) {
    self.id = id
    order = String(1_000_000_000 - min(max(0, place), 999_999_999))
    self.time = time
    self.author = author
    self.summary = summary
    self.organizations = organizations
    self.touchesPlatform = touchesPlatform
    self.progress = progress
    self.staying = staying
  }

  /// Whether the commit is applied in any region.
  package var isApplied: Bool { progress == .everywhere || progress == .somewhere }

  /// Returns whether an organization follows the commit.
  func isApplied(to org: String) -> Bool { isApplied && staying[org] == nil }

  /// Returns the state of the commit with respect to the organizations that the viewer may see.
  func state(within reach: Scope.Reach) -> State {
    switch progress {
    case .refused: return .refused
    case .nowhere: return .pending
    case .everywhere, .somewhere: break
    }
    let seen = organizations.filter { reach.contains($0) }
    let waits = seen.compactMap { staying[$0] }
    guard waits.isEmpty || touchesPlatform || waits.count < seen.count else {
      return waits.contains(.kept) ? .keptBack : .held
    }
    return waits.isEmpty && progress == .everywhere ? .applied : .partlyApplied
  }

  /// Returns whether the viewer may see everything the commit affects.
  func isWithin(_ reach: Scope.Reach) -> Bool {
    switch reach {
    case .everywhere: true
    case .organization(let org): !touchesPlatform && organizations == [org]
    case .nowhere: false
    }
  }
}
