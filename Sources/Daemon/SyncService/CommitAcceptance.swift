package import AuditLog
import CommitSignatures
package import GitStore
package import SyncEngine

/// Decision whether a commit counts, made once for each commit before its compilation is used, and against the commit that
/// was accepted last for the whole repository.
///
/// The commit that was accepted last is the newer one of `store` and the audit log, so that a new region, a new cluster or a
/// lost state folder continues where the last daemon stopped. Only the very first start trusts the commit that it finds, or
/// the one that `TrustPolicy` pins.
package actor CommitAcceptance {
  /// Reason why a commit does not count. It is recorded, and changes nothing.
  package struct Refusal: Error, CustomStringConvertible {
    /// The action to record.
    package let action: AuditAction
    package let description: String
  }

  /// Commit that may be accepted.
  package struct Verified: Sendable {
    package let commit: CommitInfo
    /// The user who signed it, if the policy requires a signature.
    package let signer: String?
    /// The reason to trust the first commit; nil for every later one.
    package let basis: String?
  }

  private let source: any RepositorySource
  private let verification: CommitVerification
  private let store: any AcceptedCommitStore
  private let audit: (any AuditStore)?
  private let trust: TrustPolicy
  private let now: @Sendable () -> Int64
  private var last: AcceptedCommit?
  private var isLoaded = false

  /// - Parameters:
  ///   - audit: the log in which acceptance is recorded and looked up; nil for a reader that only keeps its own record.
  ///   - now: returns milliseconds since 1970.
  package init(
    source: any RepositorySource, store: any AcceptedCommitStore, audit: (any AuditStore)?, trust: TrustPolicy,
    now: @escaping @Sendable () -> Int64
  ) {
    self.source = source
    verification = CommitVerification(source.repository)
    self.store = store
    self.audit = audit
    self.trust = trust
    self.now = now
  }

  /// Returns the commit that this process's own record says was accepted last; nil before the first one.
  ///
  /// - Throws: What the store throws.
  package func current() async throws -> AcceptedCommit? {
    if !isLoaded {
      last = try await store.accepted()
      isLoaded = true
    }
    return last
  }

  /// Forgets the cached record, as another daemon may have accepted a commit since.
  package func reload() {
    last = nil
    isLoaded = false
  }

  /// Verifies a commit.
  ///
  /// - Parameter known: commits that a daemon has applied, for a reader without a record of its own.
  /// - Throws: `Refusal` if it does not count, `GitStoreError` if that cannot be decided, `AuditError`, or what the store
  ///   throws. Then the accepted commit stays in force.
  package func verify(_ commit: CommitInfo, known: [String] = []) async throws -> Verified {
    let own = try await current()
    // A folder's private repository is written by this process alone.
    guard source.canBeSigned, own?.commit != commit.id else {
      return Verified(commit: commit, signer: nil, basis: nil)
    }
    let logged = try await loggedCommit(own: own?.commit)
    var basis: String?
    let baseline: String
    if let known = try await newest([own?.commit, logged].compactMap { $0 } + known) {
      baseline = known
    } else {
      (baseline, basis) = try await firstTrusted(commit)
    }
    let start = try await descent(from: baseline, to: commit)
    if start != baseline { basis = "trust.commit pins \(start.prefix(12)), in place of \(baseline.prefix(12))" }
    do {
      let signer = try await verification.requireAuthority(from: start, to: commit)
      return Verified(commit: commit, signer: signer, basis: basis)
    } catch let rejected as CommitVerification.Rejected {
      throw Refusal(
        action: rejected.reason == .unsigned ? .rejectedUnsigned : .rejectedUnauthorized,
        description: rejected.description)
    }
  }

  /// Accepts a verified commit: it is in force when this returns.
  ///
  /// - Parameter regions: the regions that may have objects from now on.
  /// - Throws: What `verify` throws.
  package func accept(_ verified: Verified, regions: [String]) async throws {
    var verified = verified
    for _ in 0..<Self.attempts {
      do {
        return try await keep(verified, regions)
      } catch is AcceptedCommitConflict {
        // The daemon of another region was faster; the commit that it accepted counts.
        reload()
        verified = try await verify(verified.commit)
      }
    }
    throw AcceptedCommitConflict()
  }

  private static let attempts = 5

  /// Forgets a region that is no longer declared and has no objects left.
  ///
  /// - Throws: What the store throws.
  package func forget(_ region: String) async throws {
    for _ in 0..<Self.attempts {
      guard var accepted = try await current(), accepted.regions.contains(region) else { return }
      accepted.regions.removeAll { $0 == region }
      do {
        try await store.accept(accepted)
        last = accepted
        return
      } catch is AcceptedCommitConflict {
        reload()
      }
    }
  }

  // MARK: - What is trusted

  /// Returns the commit to verify from: the baseline, or a pin that replaces it.
  ///
  /// - Throws: `Refusal` if the commit does not descend from it, or `GitStoreError`.
  private func descent(from baseline: String, to commit: CommitInfo) async throws -> String {
    if baseline == commit.id { return baseline }
    if try await isAncestor(baseline, of: commit.id) { return baseline }
    if try await isAncestor(commit.id, of: baseline) {
      throw GitStoreError(
        .unreadable,
        "the server has \(commit.id.prefix(12)), which is older than \(baseline.prefix(12)), which was accepted: is it a copy "
          + "that is behind?")
    }
    // A pin outside the accepted history was set to continue after an intended rewrite of history.
    if let pin = trust.commit, try await isAncestor(pin, of: commit.id), try await !isAncestor(pin, of: baseline) {
      return pin
    }
    throw Refusal(
      action: .rejectedNonFastForward,
      description:
        "\(commit.id.prefix(12)) does not descend from \(baseline.prefix(12)), which was accepted: history was rewritten. "
        + "If that was on purpose, name the new commit in `trust.commit`")
  }

  /// Returns the one of several accepted commits that descends from all others.
  ///
  /// - Throws: `Refusal` if two of them have diverged.
  private func newest(_ commits: [String]) async throws -> String? {
    guard var newest = commits.first else { return nil }
    for commit in commits.dropFirst() where commit != newest {
      if try await isAncestor(newest, of: commit) {
        newest = commit
      } else if try await !isAncestor(commit, of: newest) {
        throw Refusal(
          action: .rejectedNonFastForward,
          description:
            "\(newest.prefix(12)) and \(commit.prefix(12)) were both accepted, by the state and the audit log, and neither "
            + "descends from the other: one of them belongs to another repository or to a rewritten history")
      }
    }
    return newest
  }

  private func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await source.isAncestor(old, of: new)
  }

  /// The commit that was accepted last by the audit log; nil if there is none, or if another daemon accepted one that this
  /// daemon has not fetched yet and this daemon has its own record.
  private func loggedCommit(own: String?) async throws -> String? {
    guard let audit else { return nil }
    var record = try await audit.newestRecord(of: .commitAccepted)
    // Logs from before there were such records name what was applied.
    if record == nil { record = try await audit.newestRecord(of: .applyFinished) }
    guard let logged = record?.entry?.commit else { return nil }
    guard own != nil, (try? await source.repository.commit(logged)) == nil else { return logged }
    return nil
  }

  /// The commit from which a first start verifies, and the reason to trust it.
  ///
  /// - Throws: `Refusal` if the commit does not satisfy the trust policy, or `GitStoreError`.
  private func firstTrusted(_ commit: CommitInfo) async throws -> (commit: String, basis: String) {
    if let pin = trust.commit {
      guard try await isAncestor(pin, of: commit.id) else {
        throw Refusal(
          action: .rejectedNonFastForward,
          description: "\(commit.id.prefix(12)) does not descend from \(pin.prefix(12)), which `trust.commit` names")
      }
      return (pin, "trust.commit pins \(pin.prefix(12))")
    }
    if !trust.keys.isEmpty {
      guard let signed = try await newestCommit(signedByTrustedKeyUpTo: commit) else {
        throw Refusal(
          action: .rejectedUnsigned,
          description: "no commit up to \(commit.id.prefix(12)) is signed with a key of `trust.keys`")
      }
      return (signed, "\(signed.prefix(12)) is signed with a key of trust.keys")
    }
    return (commit.id, "the first commit that this daemon saw; nothing pinned another one")
  }

  /// The largest number of commits that are searched for a trusted signature.
  private static let searchDepth = 10_000

  private func newestCommit(signedByTrustedKeyUpTo commit: CommitInfo) async throws -> String? {
    for candidate in try await source.repository.history(commit.id, limit: Self.searchDepth) {
      let signature = CommitSignature(ofCommit: try await source.repository.object(ofCommit: candidate.id))
      if case .valid(let key) = signature, trust.keys.contains(key) { return candidate.id }
    }
    return nil
  }

  // MARK: - Keeping

  private func keep(_ verified: Verified, _ regions: [String]) async throws {
    let commit = verified.commit
    let before = try await current()
    let all = Set(before?.regions ?? []).union(regions).sorted()
    if let before, before.commit == commit.id, before.regions == all { return }
    let accepted = AcceptedCommit(commit.id, regions: all, at: now())
    if source.canBeSigned, let audit, before?.commit != commit.id {
      var entry = AuditEntry(
        time: accepted.time, action: .commitAccepted,
        actor: AuditActor(
          author: "\(commit.author.name) <\(commit.author.email)>",
          committer: "\(commit.committer.name) <\(commit.committer.email)>", signer: verified.signer))
      entry.commit = commit.id
      entry.detail = verified.basis
      // The record comes first: without one, the commit would be lost with the state.
      _ = try await audit.append([AuditAppend(key: "accepted/\(commit.id)", entry)])
    }
    try await store.accept(accepted)
    last = accepted
  }
}
