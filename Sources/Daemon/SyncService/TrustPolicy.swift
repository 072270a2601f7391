package import CommitSignatures

/// Commits that a daemon trusts on its very first start, before it has accepted one.
package struct TrustPolicy: Sendable {
  /// The full id of a commit that was checked by other means and from which the branch must descend; nil if none is pinned.
  package var commit: String?
  /// Keys of which one must have signed the first trusted commit; empty if that is not required.
  package var keys: [SSHPublicKey] = []

  package init(commit: String? = nil, keys: [SSHPublicKey] = []) {
    self.commit = commit
    self.keys = keys
  }
}
