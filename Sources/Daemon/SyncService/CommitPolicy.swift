import ConfigCompiler
import ConfigModel
import GitStore

extension GitRepository {
  /// The policy that a commit sets for those after it. Of a platform that cannot be read, the last one before it that could:
  /// a mistake there does not open the branch for everybody.
  ///
  /// - Returns: Nil if no commit up to the first one has a platform.
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

  /// Nothing else of a commit says anything about its policy.
  private static func policy(in bytes: [UInt8]) async -> Policy? {
    let path = "platform.yaml"
    let tree = RepositoryTree(
      root: [TreeEntry(path: path, kind: .file, size: bytes.count)], organizations: [])
    let compilation = await Compiler.compile(tree, contents: [path: bytes], now: Timestamp(unixSeconds: 0))
    return compilation.platform.platform?.spec.policy
  }
}

extension Policy {
  /// Whether commits must be signed by somebody who may make them.
  var asksForSignatures: Bool { requireSignedCommits || requireMerge }
}
