/// A commit of the followed branch, with what it touched: a viewer of one organization sees those that touched it.
package struct CommitRecord: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// It, or a later one, is applied.
    case applied
    /// A part of what it touched is applied, or a part of the regions has it.
    case partlyApplied = "partly-applied"
    /// Whatever it touched waits for approval.
    case held
    /// Whatever it touched stays at its last good commit for errors.
    case keptBack = "kept-back"
    /// Nothing applies it.
    case refused
    /// It is on its way.
    case pending
  }

  /// How far it got, apart from organizations that do not follow.
  package enum Progress: Sendable, Equatable { case everywhere, somewhere, nowhere, refused }

  package let id: String
  /// Its place in the timeline: the newest first.
  package let order: String
  /// Seconds since 1970.
  package let time: Int64
  /// `Name <email>`.
  package let author: String
  /// The first line of its message.
  package let summary: String
  package let organizations: Set<String>
  /// Whether it touched what all organizations stand on.
  package let touchesPlatform: Bool
  package let progress: Progress
  /// Organizations that it touched and that do not follow it: whether they wait for an approval, or are kept for errors.
  package let staying: [String: Wait]

  package enum Wait: Sendable, Equatable { case held, kept }

  /// - Parameter place: its place in the branch's history, from 0 for the oldest that is known.
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

  /// Whether any region has it.
  package var isApplied: Bool { progress == .everywhere || progress == .somewhere }

  /// Whether an organization follows it.
  func isApplied(to org: String) -> Bool { isApplied && staying[org] == nil }

  /// What became of it, as far as it concerns what can be seen.
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

  /// Whether all that it touched may be seen.
  func isWithin(_ reach: Scope.Reach) -> Bool {
    switch reach {
    case .everywhere: true
    case .organization(let org): !touchesPlatform && organizations == [org]
    case .nowhere: false
    }
  }
}
