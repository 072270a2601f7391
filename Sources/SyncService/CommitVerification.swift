package import CommitSignatures
import ConfigCompiler
import ConfigModel
package import GitStore

/// Whether commits were signed by somebody who was there before them.
package actor CommitVerification {
  /// What a commit's signature is worth.
  package enum Verdict: Sendable, Equatable {
    /// The active user, `anna` or `acme/bert`, of the commit before it who has the key.
    case signed(by: String, SSHPublicKey)
    /// Why it does not count, in words that follow a commit's name.
    case unsigned(String, SSHPublicKey? = nil)
  }

  private let repository: GitRepository
  private let compiler: IncrementalCompiler
  private var requirements: [String: Bool] = [:]

  package init(_ repository: GitRepository) {
    self.repository = repository
    compiler = IncrementalCompiler(repository)
  }

  /// - Throws: `GitStoreError` where the commit or the one before it cannot be read.
  package func verdict(on commit: CommitInfo) async throws -> Verdict {
    switch CommitSignature(ofCommit: try await repository.object(ofCommit: commit.id)) {
    case .unsigned: return .unsigned("is not signed")
    case .invalid(let words): return .unsigned("has a signature that \(words)")
    case .valid(let key):
      guard let parent = commit.parents.first else {
        return .unsigned("is the first one: none before it says whose key signed it", key)
      }
      let base = try await repository.commit(parent)
      let compilation = try await compiler.compile(base, now: commit.committer.time)
      guard let owner = Self.owner(of: key, in: compilation) else {
        return .unsigned("is signed with a key that no active user of the commit before it has", key)
      }
      return .signed(by: owner, key)
    }
  }

  /// Looks at every commit along first parents from an applied one to a new one, where the applied one's policy asks for
  /// signatures: nobody lifts the policy by the change that it is to judge.
  ///
  /// - Returns: The new commit's signer, where its policy asked for one.
  /// - Throws: `SyncService.Refused` at the first commit that does not count, or `GitStoreError`.
  package func requireSignatures(from applied: String, to commit: CommitInfo) async throws -> String? {
    guard applied != commit.id, try await isRequired(by: applied) else { return nil }
    let commits = try await repository.history("\(applied)..\(commit.id)")
    // Otherwise a key that was removed could sign on a branch from before that, and merge the applied commit into it.
    guard commits.last?.parents.first == applied else {
      throw SyncService.Refused(
        description:
          "\(commit.id.prefix(12)) does not stand on \(applied.prefix(12)), which is applied, along first parents; "
          + "policy.requireSignedCommits asks for that: merge into the branch, not the branch into something else")
    }
    var signer: String?
    for commit in commits.reversed() {
      switch try await verdict(on: commit) {
      case .signed(let owner, _): signer = owner
      case .unsigned(let reason, _):
        throw SyncService.Refused(
          description: "\(commit.id.prefix(12)) \(reason), and policy.requireSignedCommits asks for signatures")
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

  private static func owner(of key: SSHPublicKey, in compilation: Compilation) -> String? {
    func has(_ user: UserSpec) -> Bool {
      user.status == .active && user.identities.sshKeys.contains { SSHPublicKey(line: $0) == key }
    }
    if let user = compilation.platform.users.first(where: { has($0.spec) }) { return user.name }
    for unit in compilation.units {
      if let user = unit.users.first(where: { has($0.spec) }) { return "\(unit.name)/\(user.name)" }
    }
    return nil
  }
}
