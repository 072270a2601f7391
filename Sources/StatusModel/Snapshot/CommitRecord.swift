/// A commit of the followed branch, with what it touched: a viewer of one organization sees those that touched it.
package struct CommitRecord: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// It, or a later one, is applied.
    case applied
    /// Nothing applies it.
    case refused
    /// It is on its way.
    case pending
  }

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
  package var state: State

  /// - Parameter place: its place in the branch's history, from 0 for the oldest that is known.
  package init(
    place: Int, id: String, time: Int64, author: String, summary: String, organizations: Set<String>,
    touchesPlatform: Bool,
    state: State
  ) {
    self.id = id
    order = String(1_000_000_000 - min(max(0, place), 999_999_999))
    self.time = time
    self.author = author
    self.summary = summary
    self.organizations = organizations
    self.touchesPlatform = touchesPlatform
    self.state = state
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
