import ConfigCompiler
import ConfigModel
import GitStore

extension GitRepository {
  /// Returns the policy that a commit sets for later commits; nil if no commit up to the first one has a platform.
  ///
  /// If its platform cannot be read, the last one before it that can be read counts: a mistake there must not open the branch
  /// to everyone.
  ///
  /// - Throws: `GitStoreError` if a commit on the way cannot be read.
  func policy(of commit: String) async throws -> Policy? {
    var next: String? = commit
    while let id = next {
      if let bytes = try rootFile("platform.yaml", at: id, ofAtMost: TreeRules.maxFileBytes),
        let policy = await Self.policy(in: bytes)
      {
        return policy
      }
      next = try self.commit(id).parents.first
    }
    return nil
  }

  /// The policy in a platform file; nil if the file cannot be read.
  private static func policy(in bytes: [UInt8]) async -> Policy? {
    let path = "platform.yaml"
    let tree = RepositoryTree(
      root: [TreeEntry(path: path, kind: .file, size: bytes.count)], organizations: [])
    let compilation = await Compiler.compile(tree, contents: [path: bytes], now: Timestamp(unixSeconds: 0))
    return compilation.platform.platform?.spec.policy
  }
}

extension Policy {
  /// Whether commits must be signed by a user who may make them.
  var asksForSignatures: Bool { requireSignedCommits || requireMerge }
}
