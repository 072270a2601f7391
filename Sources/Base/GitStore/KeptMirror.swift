import FoundationEssentials
import Glibc

/// A mirror and the repository that reads from it. A damaged mirror is rebuilt, because its content can be fetched
/// again.
package struct KeptMirror: Sendable {
  /// The mirror to fetch into.
  package let mirror: GitMirror
  /// The repository that reads the mirror.
  package let repository: GitRepository
  private let note: @Sendable (String) -> Void

  /// Opens or creates a mirror; rebuilds it if it is damaged.
  ///
  /// - Parameters:
  ///   - path: the mirror's path.
  ///   - folder: the config repository's folder in the mirror's revisions; empty for the root.
  ///   - note: called with one line of text if the mirror is rebuilt.
  /// - Throws: `GitStoreError` if the mirror can neither be opened nor created.
  package init(at path: String, folder: String = "", note: @escaping @Sendable (String) -> Void) throws {
    self.note = note
    MirrorFolder.removeRemains(in: path)
    do {
      (mirror, repository) = try Self.open(path, folder)
    } catch let error as GitStoreError {
      // If the folder is inaccessible, its content may well be intact and must be kept.
      guard access(path, R_OK | W_OK | X_OK) == 0, (try? FileManager.default.removeItem(atPath: path)) != nil else {
        throw error
      }
      note("the repository in `\(path)` is damaged and is created again (\(error))")
      (mirror, repository) = try Self.open(path, folder)
    }
  }

  private static func open(_ path: String, _ folder: String) throws -> (GitMirror, GitRepository) {
    (try GitMirror(at: path), try GitRepository(at: path, folder: folder))
  }

  /// Calls `body`, and again with a rebuilt mirror if the present one is damaged.
  ///
  /// - Parameter fill: fetches what is needed into a new mirror at the path that it is passed. The new mirror replaces
  ///   the damaged one only after that.
  /// - Throws: the errors of `body` and `fill`, or `GitStoreError` if the mirror cannot be rebuilt.
  package func read<Result: Sendable>(
    _ body: @Sendable () async throws -> Result, refillingBy fill: @Sendable (String) async throws -> Void
  ) async throws -> Result {
    var suspicion = await repository.takeDamage()
    if suspicion == nil {
      do {
        return try await body()
      } catch let error as GitStoreError where error.code == .corrupt {
        suspicion = error
      }
    }
    // The damage may be in the server's data rather than in the mirror.
    guard let suspicion, try await MirrorFolder.isWhole(mirror.path) != true else { return try await body() }
    note("the repository in `\(mirror.path)` is damaged and is created again (\(suspicion))")
    let place = "\(mirror.path).new"
    try? FileManager.default.removeItem(atPath: place)
    _ = try GitMirror(at: place)
    try await fill(place)
    try await mirror.replace(by: place)
    try await repository.reopen()
    return try await body()
  }

  /// Packs the mirror's objects if there are many packs or loose objects.
  ///
  /// - Throws: `GitStoreError` if the mirror cannot be reopened.
  package func tidy() async throws {
    guard MirrorFolder.isCrowded(mirror.path) else { return }
    await MirrorFolder.repack(mirror.path)
    try await mirror.reopen()
    try await repository.reopen()
  }
}
