import FoundationEssentials

/// A remote branch that is fetched into a mirror. The `git` program does it, because it can be terminated at any time
/// and supports each server's authentication (docs/decisions/0016-fetching-by-git.md).
package actor GitRemote {
  /// The address of the remote repository.
  package nonisolated let address: GitAddress
  private let branch: String
  private let credentials: GitCredentials
  private let timeouts: GitTimeouts
  private let mirror: String
  private let program: GitProgram
  private var refusal: Refusal?

  /// Rejected credentials, which are not offered again before `until`.
  private struct Refusal {
    let secret: Int?
    let pause: Double
    let until: Double
    let error: GitStoreError
  }

  /// First and longest pause, in seconds, before rejected credentials are offered again. Each pause is twice as long as
  /// the last.
  private static let firstPause = 30.0
  private static let maxPause = 600.0

  /// Prepares to fetch a branch.
  ///
  /// - Parameter mirror: the path of the mirror, a bare repository.
  /// - Throws: `GitStoreError` if the address or the branch's name is invalid, or if Git is not installed.
  package init(
    url: String, branch: String, credentials: GitCredentials, timeouts: GitTimeouts = GitTimeouts(), mirror: String
  ) throws(GitStoreError) {
    address = try GitAddress(url)
    self.branch = branch
    self.credentials = credentials
    self.timeouts = timeouts
    self.mirror = mirror
    program = try GitProgram(searchPath: Self.surroundings["PATH"])
    let isName =
      !branch.isEmpty && !branch.contains { "*?[:^~\\ ".contains($0) || $0.isNewline } && !branch.hasPrefix("/")
    guard isName, !branch.contains(".."), !branch.hasSuffix("/"), !branch.hasSuffix(".lock") else {
      throw GitStoreError(.unreadable, "`\(branch)` is not a valid branch name")
    }
  }

  private static var surroundings: [String: String] { ProcessInfo.processInfo.environment }

  /// Fetches the branch into a mirror.
  ///
  /// - Parameters:
  ///   - known: the commit that the mirror has for the branch; nil if it has no readable one.
  ///   - place: the path of a mirror to use instead of `mirror`.
  /// - Returns: The branch's current commit.
  /// - Throws: `GitStoreError`, or `CancellationError`.
  package func fetch(known: String?, into place: String? = nil) async throws -> String {
    let begin = GitProgram.now
    let access = try RemoteAccess(
      address, credentials, timeouts: timeouts, home: mirror, surroundings: Self.surroundings)
    if let refusal, refusal.secret == access.secret, begin < refusal.until { throw refusal.error }
    do {
      let place = place ?? mirror
      let listed = try await list(access, begin, place)
      if listed != known { try await bring(access, begin, place) }
      refusal = nil
      return listed
    } catch let failure as FetchError {
      let error = described(failure)
      if failure.kind == .credentials {
        let last = refusal.flatMap { $0.secret == access.secret ? $0.pause : nil }
        let pause = last.map { min(Self.maxPause, $0 * 2) } ?? Self.firstPause
        refusal = Refusal(secret: access.secret, pause: pause, until: GitProgram.now + pause, error: error)
      }
      throw error
    }
  }

  /// Returns the commit of the branch on the server.
  private func list(_ access: RemoteAccess, _ begin: Double, _ place: String) async throws -> String {
    let reference = "refs/heads/\(branch)"
    let output = try await run(["ls-remote", "--heads", "--", address.url, reference], access, begin, place)
    for line in output.split(separator: "\n") {
      let fields = line.split(separator: "\t")
      guard fields.count == 2, fields[1] == reference else { continue }
      guard fields[0].utf8.count == 40 else {
        throw GitStoreError(
          .unreadable, "`\(address.shown)` cannot be fetched: it uses SHA-256 object names, which wpex cannot read")
      }
      return String(fields[0])
    }
    throw GitStoreError(
      .unknownRevision,
      "`\(address.shown)` has no branch `\(branch)`: it was deleted, renamed or never existed. `repository.branch` "
        + "names another"
    )
  }

  private func bring(_ access: RemoteAccess, _ begin: Double, _ place: String) async throws {
    // Forced, because the caller checks ancestry and reports a rewritten branch; an unforced fetch would just fail.
    _ = try await run(
      [
        "fetch", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-fetch-head", "--force",
        "--progress", "--refmap=", "--", address.url, "+refs/heads/\(branch):refs/wpex/\(branch)",
      ], access, begin, place)
  }

  private func run(
    _ arguments: [String], _ access: RemoteAccess, _ begin: Double, _ place: String
  ) async throws -> String {
    let outcome: GitProgram.Outcome
    do {
      outcome = try await program.run(
        ["--git-dir=\(place)"] + arguments, environment: access.environment, files: access.files, timeouts: timeouts,
        since: begin, isWatchingConnection: address.transport == .http || address.transport == .git)
    } catch let expired as GitProgram.Expired {
      // A terminated run may leave lock files.
      MirrorFolder.removeRemains(in: place)
      throw FetchError(expired, address, timeouts)
    }
    // Git rejects the branch of a shallow server with a warning only, and exits with 0 if nothing else was requested.
    let isShallow = outcome.errors.contains("shallow roots are not allowed")
    guard outcome.status == 0, !isShallow else {
      throw FetchError(
        outcome.errors, status: outcome.status, address: address, credentials, branch: branch, mirror: place)
    }
    return outcome.output
  }

  private func described(_ failure: FetchError) -> GitStoreError {
    switch failure.kind {
    case .branch: GitStoreError(.unknownRevision, "`\(address.shown)` has no branch `\(branch)`")
    case .mirror: GitStoreError(.corrupt, "`\(address.shown)` cannot be fetched: \(failure.reason)")
    case .credentials:
      GitStoreError(
        .unreadable,
        "`\(address.shown)` cannot be fetched: \(failure.reason). They are tried again after a pause, or immediately "
          + "when they change")
    case .other: GitStoreError(.unreadable, "`\(address.shown)` cannot be fetched: \(failure.reason)")
    }
  }
}
