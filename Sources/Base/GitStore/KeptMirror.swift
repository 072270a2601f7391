import FoundationEssentials
import Glibc

/// A mirror and what reads from it. If it is damaged it is made again, for everything in it can be had again.
package struct KeptMirror: Sendable {
  package let mirror: GitMirror
  package let repository: GitRepository
  private let note: @Sendable (String) -> Void

  /// - Parameters:
  ///   - path: where it is, or will be.
  ///   - folder: where the config repository is in its revisions; empty for the root.
  ///   - note: called with one line if it had to be made again.
  package init(at path: String, folder: String = "", note: @escaping @Sendable (String) -> Void) throws {
    self.note = note
    MirrorFolder.removeRemains(in: path)
    do {
      (mirror, repository) = try Self.open(path, folder)
    } catch let error as GitStoreError {
      // A folder that cannot be read or written is not a reason to throw away what is in it.
      guard access(path, R_OK | W_OK | X_OK) == 0, (try? FileManager.default.removeItem(atPath: path)) != nil else {
        throw error
      }
      note("the repository in `\(path)` is damaged, and is made again (\(error))")
      (mirror, repository) = try Self.open(path, folder)
    }
  }

  private static func open(_ path: String, _ folder: String) throws -> (GitMirror, GitRepository) {
    (try GitMirror(at: path), try GitRepository(at: path, folder: folder))
  }

  /// Calls `body`, and once more with a new mirror if the present one turns out to be damaged.
  ///
  /// - Parameter fill: brings what is needed into another mirror, at the path that it is given. Only then does that take
  ///   the place of the damaged one.
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
    // Damage may be in what the server has.
    guard let suspicion, try await MirrorFolder.isWhole(mirror.path) != true else { return try await body() }
    note("the repository in `\(mirror.path)` is damaged, and is made again (\(suspicion))")
    let place = "\(mirror.path).new"
    try? FileManager.default.removeItem(atPath: place)
    _ = try GitMirror(at: place)
    try await fill(place)
    try await mirror.replace(by: place)
    try await repository.reopen()
    return try await body()
  }

  /// Puts what it consists of together, if that is much.
  package func tidy() async throws {
    guard MirrorFolder.isCrowded(mirror.path) else { return }
    await MirrorFolder.repack(mirror.path)
    try await mirror.reopen()
    try await repository.reopen()
  }
}
