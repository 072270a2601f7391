/// Where a region's state is kept between passes: a folder, or the cluster itself where several daemons take turns.
package protocol StateStore: Sendable {
  /// - Returns: Nil where there is none yet.
  func load(_ region: String) async throws -> SyncState?
  /// Keeps a state.
  ///
  /// - Throws: Also where somebody else has kept one since this one was loaded: then nothing may be applied.
  func save(_ state: SyncState, _ region: String) async throws
  /// Digests of held plans that somebody has approved, and who it was.
  func approvals(_ region: String) async throws -> [String: String]
  /// Takes away an approval that was made use of: it is good for once.
  func spend(approval digest: String, _ region: String) async throws
}
