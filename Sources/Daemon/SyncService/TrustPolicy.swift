package import CommitSignatures

/// What a daemon that has accepted nothing yet trusts to begin with.
package struct TrustPolicy: Sendable {
  /// The full id of a commit that was checked by other means; the branch must descend from it.
  package var commit: String?
  /// Keys of which one must have signed the commit to begin with.
  package var keys: [SSHPublicKey] = []

  package init(commit: String? = nil, keys: [SSHPublicKey] = []) {
    self.commit = commit
    self.keys = keys
  }
}
