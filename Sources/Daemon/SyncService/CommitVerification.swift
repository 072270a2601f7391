import Authority
import ChangeSet
package import CommitSignatures
package import ConfigCompiler
import ConfigModel
package import Diagnostics
package import GitStore

/// Verification that commits were signed by users of the commit before them who may make the change.
package actor CommitVerification {
  /// Result of verifying a commit's signature.
  package enum Verdict: Sendable, Equatable {
    /// Signed with a key of this active user of the commit before it.
    case signed(by: UserID, SSHPublicKey)
    /// Not signed, or not validly; the reason follows a commit's name in a sentence.
    case unsigned(String, SSHPublicKey? = nil)
  }

  /// Result of checking a commit: its signature, and the changes that its signer may not make.
  package struct Judgement: Sendable {
    /// The signature's result.
    package let verdict: Verdict
    /// The changes that the signer may not make; empty for a commit that is not signed, as there is no user to check.
    package let denials: [Diagnostic]
    /// The number of parts of the change that were checked.
    package let decisions: Int
    /// Why the policy of the commit before it refuses the commit; the reason follows the commit's name in a sentence. Nil if
    /// it does not refuse it.
    package let refusal: Rejected?
  }

  /// Error: a commit does not count.
  package struct Rejected: Error, Equatable, CustomStringConvertible {
    /// Kind of reason, which decides the recorded action.
    package enum Reason: Sendable { case unsigned, unauthorized }
    /// The kind of reason.
    package let reason: Reason
    package let description: String
  }

  private let repository: GitRepository
  private let compiler: IncrementalCompiler
  /// Cached policies of commits, so that a long push reads each platform once.
  private var policies: [String: Policy?] = [:]

  package init(_ repository: GitRepository) {
    self.repository = repository
    compiler = IncrementalCompiler(repository)
  }

  /// Returns the result for a commit's signature and changes, by the policy of the commit before it.
  ///
  /// - Throws: `GitStoreError` if the commit or the one before it cannot be read.
  package func judgement(on commit: CommitInfo) async throws -> Judgement {
    let policy = if let parent = commit.parents.first { try await policy(of: parent) } else { nil as Policy? }
    let (verdict, decisions, denials) = try await verdict(on: commit)
    return Judgement(
      verdict: verdict, denials: denials, decisions: decisions,
      refusal: try await refusal(of: commit, verdict, denials, policy ?? Policy()))
  }

  private func verdict(on commit: CommitInfo) async throws -> (Verdict, decisions: Int, denials: [Diagnostic]) {
    func unsigned(_ reason: String, _ key: SSHPublicKey? = nil) -> (Verdict, Int, [Diagnostic]) {
      (.unsigned(reason, key), 0, [])
    }
    switch CommitSignature(ofCommit: try await repository.object(ofCommit: commit.id)) {
    case .unsigned: return unsigned("is not signed")
    case .invalid(let words): return unsigned("has a signature that \(words)")
    case .valid(let key):
      guard let parent = commit.parents.first else {
        return unsigned("is the first one: none before it says whose key signed it", key)
      }
      let base = try await compiler.revision(try await repository.commit(parent), now: commit.committer.time)
      guard let owner = base.compilation.owner(of: .ssh(key.fingerprint)) else {
        return unsigned("is signed with a key that no active user of the commit before it has", key)
      }
      let head = try await compiler.revision(commit, now: commit.committer.time, base: base.compilation)
      let actor = Actor(.user(owner), in: base.compilation)
      let decisions = Authority.decisions(
        on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
      let denials = decisions.compactMap { $0.diagnostic(for: actor) }.inFileOrder()
      return (.signed(by: owner, key), decisions.count, denials)
    }
  }

  private func refusal(
    of commit: CommitInfo, _ verdict: Verdict, _ denials: [Diagnostic], _ policy: Policy
  ) async throws -> Rejected? {
    guard policy.asksForSignatures else { return nil }
    let name = policy.requireSignedCommits ? "requireSignedCommits" : "requireMerge"
    switch verdict {
    case .unsigned(let reason, _):
      return Rejected(reason: .unsigned, description: "\(reason), and policy.\(name) asks for signatures")
    case .signed(let owner, _):
      if policy.requireMerge {
        guard try await isMerge(commit) else {
          return Rejected(
            reason: .unauthorized, description: "merges nothing, and policy.requireMerge asks for merge commits")
        }
        guard policy.mergers.isEmpty || (owner.org == nil && policy.mergers.contains(owner.name)) else {
          return Rejected(
            reason: .unauthorized, description: "is a merge by `\(owner)`, who is not one of policy.mergers")
        }
      }
      guard let first = denials.first else { return nil }
      let others = denials.count - 1
      let more = others == 0 ? "" : others == 1 ? "; and 1 change more" : "; and \(others) changes more"
      return Rejected(
        reason: .unauthorized, description: "is refused: \(first.message) (\(first.primary.location.path))\(more)")
    }
  }

  /// Whether a commit merges anything that was not on its branch.
  private func isMerge(_ commit: CommitInfo) async throws -> Bool {
    guard let first = commit.parents.first else { return false }
    for other in commit.parents.dropFirst() where other != first {
      if try await repository.mergeBase(of: first, and: other) != other { return true }
    }
    return false
  }

  /// Verifies every commit along first parents from the accepted one to a new one.
  ///
  /// Each commit is checked against the policy, the users and the roles of the one before it, which was checked itself. So a
  /// policy can only be relaxed by a commit that satisfies it, and a grant or a policy in one commit of a push counts for
  /// the next one.
  ///
  /// - Returns: The new commit's signer, if the policy of the commit before it requires a signature.
  /// - Throws: `Rejected` at the first commit that does not count or whose tree is malformed, or `GitStoreError`.
  package func requireAuthority(from accepted: String, to commit: CommitInfo) async throws -> String? {
    guard accepted != commit.id else { return nil }
    do {
      try await repository.requireWellFormed(commit.id)
      return try await walk(from: accepted, to: commit)
    } catch let error as GitStoreError where error.code == .malformed {
      throw Rejected(reason: .unauthorized, description: error.reason)
    }
  }

  private func walk(from accepted: String, to commit: CommitInfo) async throws -> String? {
    let commits = try await repository.history("\(accepted)..\(commit.id)")
    // Otherwise a removed key could sign on a branch from before its removal, and merge the accepted commit into that.
    guard Self.isLine(commits, from: accepted, to: commit.id) else {
      guard try await policy(of: accepted)?.asksForSignatures ?? false else { return nil }
      throw Rejected(
        reason: .unsigned,
        description:
          "\(commit.id.prefix(12)) does not descend from \(accepted.prefix(12)), which is applied, along first parents; "
          + "policy.requireSignedCommits asks for that: merge into the branch, not the branch into something else")
    }
    var signer: String?
    var before = accepted
    for commit in commits.reversed() {
      signer = nil
      if try await policy(of: before)?.asksForSignatures ?? false {
        let judgement = try await judgement(on: commit)
        if let refusal = judgement.refusal {
          throw Rejected(reason: refusal.reason, description: "\(commit.id.prefix(12)) \(refusal.description)")
        }
        if case .signed(let owner, _) = judgement.verdict { signer = "\(owner)" }
      }
      before = commit.id
    }
    return signer
  }

  /// Whether each of the commits, the newest first, has the next one as its first parent, and the oldest one `accepted`.
  private static func isLine(_ commits: [CommitInfo], from accepted: String, to newest: String) -> Bool {
    var expected = newest
    for commit in commits {
      guard commit.id == expected, let parent = commit.parents.first else { return false }
      expected = parent
    }
    return expected == accepted
  }

  private func policy(of commit: String) async throws -> Policy? {
    if let known = policies[commit] { return known }
    let policy = try await repository.policy(of: commit)
    if policies.count > 100 { policies = [:] }
    policies.updateValue(policy, forKey: commit)
    return policy
  }
}
