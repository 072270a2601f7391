import Authority
import ChangeSet
package import CommitSignatures
package import ConfigCompiler
import ConfigModel
package import Diagnostics
package import GitStore

/// Whether commits were signed by somebody who was there before them, and whether that user might make the change.
package actor CommitVerification {
  /// What a commit's signature is worth.
  package enum Verdict: Sendable, Equatable {
    /// The active user of the commit before it who has the key.
    case signed(by: UserID, SSHPublicKey)
    /// Why it does not count, in words that follow a commit's name.
    case unsigned(String, SSHPublicKey? = nil)
  }

  /// A commit's signature, and what of the commit its signer may not do.
  package struct Judgement: Sendable {
    package let verdict: Verdict
    /// Empty for a commit that is not signed: nobody is known whose rights could be asked for.
    package let denials: [Diagnostic]
    /// The number of parts of the change that were judged.
    package let decisions: Int
  }

  /// A commit that does not count.
  package struct Rejected: Error, CustomStringConvertible {
    package enum Reason: Sendable { case unsigned, unauthorized }
    package let reason: Reason
    package let description: String
  }

  private let repository: GitRepository
  private let compiler: IncrementalCompiler
  private var requirements: [String: Bool] = [:]

  package init(_ repository: GitRepository) {
    self.repository = repository
    compiler = IncrementalCompiler(repository)
  }

  /// - Throws: `GitStoreError` where the commit or the one before it cannot be read.
  package func judgement(on commit: CommitInfo) async throws -> Judgement {
    func unsigned(_ reason: String, _ key: SSHPublicKey? = nil) -> Judgement {
      Judgement(verdict: .unsigned(reason, key), denials: [], decisions: 0)
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
      let head = try await compiler.revision(commit, now: commit.committer.time)
      let actor = Actor(.user(owner), in: base.compilation)
      let decisions = Authority.decisions(
        on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
      return Judgement(
        verdict: .signed(by: owner, key), denials: decisions.compactMap { $0.diagnostic(for: actor) }.inFileOrder(),
        decisions: decisions.count)
    }
  }

  /// Looks at every commit along first parents from an applied one to a new one, where the applied one's policy asks for
  /// signatures: nobody lifts the policy by the change that it is to judge. Each commit is judged by the users and roles of
  /// the one before it, which was judged itself: what one commit of a push gives counts for the next one only where
  /// the first was permitted.
  ///
  /// - Returns: The new commit's signer, where its policy asked for one.
  /// - Throws: `Rejected` at the first commit that does not count, or `GitStoreError`.
  package func requireAuthority(from applied: String, to commit: CommitInfo) async throws -> String? {
    guard applied != commit.id, try await isRequired(by: applied) else { return nil }
    let commits = try await repository.history("\(applied)..\(commit.id)")
    // Otherwise a key that was removed could sign on a branch from before that, and merge the applied commit into it.
    guard commits.last?.parents.first == applied else {
      throw Rejected(
        reason: .unsigned,
        description:
          "\(commit.id.prefix(12)) does not stand on \(applied.prefix(12)), which is applied, along first parents; "
          + "policy.requireSignedCommits asks for that: merge into the branch, not the branch into something else")
    }
    var signer: String?
    for commit in commits.reversed() {
      let judgement = try await judgement(on: commit)
      switch judgement.verdict {
      case .signed(let owner, _): signer = "\(owner)"
      case .unsigned(let reason, _):
        throw Rejected(
          reason: .unsigned,
          description: "\(commit.id.prefix(12)) \(reason), and policy.requireSignedCommits asks for signatures")
      }
      if let first = judgement.denials.first {
        let others = judgement.denials.count - 1
        let more = others == 0 ? "" : others == 1 ? "; and 1 change more" : "; and \(others) changes more"
        throw Rejected(
          reason: .unauthorized,
          description: "\(commit.id.prefix(12)) is refused: \(first.message) (\(first.primary.location.path))\(more)")
      }
    }
    return signer
  }

  private func isRequired(by commit: String) async throws -> Bool {
    if let known = requirements[commit] { return known }
    let info = try await repository.commit(commit)
    let compilation = try await compiler.compile(info, now: info.committer.time)
    // A platform that cannot be read asks for nothing, and is applied by nobody.
    let isRequired = compilation.platform.platform?.spec.policy.requireSignedCommits ?? false
    requirements = [commit: isRequired]
    return isRequired
  }

  /// Says what an applied commit's policy asks for, so that it need not be compiled again.
  func note(_ commit: String, _ compilation: Compilation) {
    guard let policy = compilation.platform.platform?.spec.policy else { return }
    requirements = [commit: policy.requireSignedCommits]
  }
}
