/// Where a daemon's state is kept between passes: a folder, or the cluster itself if several daemons take turns.
package protocol StateStore: AcceptedCommitStore {
  /// - Returns: Nil if there is none yet.
  func load(_ region: String) async throws -> SyncState?
  /// Keeps a state.
  ///
  /// - Throws: Also if another daemon has kept one since this one was loaded: then nothing may be applied.
  func save(_ state: SyncState, _ region: String) async throws
  /// Digests of held plans that somebody has approved, and who it was.
  func approvals(_ region: String) async throws -> [String: String]
  /// Takes away an approval that was made use of: it is good for once.
  func spend(approval digest: String, _ region: String) async throws
}

/// Where the accepted commit is kept.
package protocol AcceptedCommitStore: Sendable {
  /// - Returns: Nil if nothing was accepted yet.
  func accepted() async throws -> AcceptedCommit?
  /// Keeps a commit durably: it is there after a crash when this returns.
  ///
  /// - Throws: `AcceptedCommitConflict` if another daemon has kept one since this one was read.
  func accept(_ commit: AcceptedCommit) async throws
}

/// Another daemon of the same repository has accepted a commit meanwhile.
package struct AcceptedCommitConflict: Error, Sendable, CustomStringConvertible {
  package init() {}

  package var description: String { "another daemon accepts commits at the same time; the next pass goes on" }
}
