/// Store of a daemon's state between passes: a folder, or the cluster itself if several daemons take turns.
package protocol StateStore: AcceptedCommitStore {
  /// Returns a region's state, or nil if there is none yet.
  ///
  /// - Throws: An error if the state cannot be read.
  func load(_ region: String) async throws -> SyncState?
  /// Saves a region's state.
  ///
  /// - Throws: An error if it cannot be written, or if another daemon has saved one since this one was loaded. Then nothing
  ///   may be applied.
  func save(_ state: SyncState, _ region: String) async throws
  /// Returns the digests of approved plans, with the approver of each.
  ///
  /// - Throws: An error if they cannot be read.
  func approvals(_ region: String) async throws -> [String: String]
  /// Removes an approval that was used. An approval is good for one apply. Does nothing if there is none.
  ///
  /// - Throws: An error if it cannot be removed.
  func consume(approval digest: String, _ region: String) async throws
}

/// Store of the accepted commit.
package protocol AcceptedCommitStore: Sendable {
  /// Returns the accepted commit, or nil if there is none yet.
  ///
  /// - Throws: An error if it cannot be read.
  func accepted() async throws -> AcceptedCommit?
  /// Saves a commit durably: once this returns, a crash does not lose it.
  ///
  /// - Throws: `AcceptedCommitConflict` if another daemon has saved one since this one was read.
  func accept(_ commit: AcceptedCommit) async throws
}

/// Error: another daemon of the same repository has accepted a commit since this one read it.
package struct AcceptedCommitConflict: Error, Sendable, CustomStringConvertible {
  package init() {}

  package var description: String { "another daemon accepts commits at the same time; the next pass goes on" }
}
