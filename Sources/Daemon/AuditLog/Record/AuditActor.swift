import TextFormats

/// Who performed an action, as far as known.
package struct AuditActor: Sendable, Equatable {
  /// A user of the repository, or the system user who ran a command.
  package var user: String?
  /// Author of the commit, as `Name <email>`.
  package var author: String?
  /// Committer of the commit, as `Name <email>`.
  package var committer: String?
  /// The user whose key signed the commit, if the policy requires signatures.
  package var signer: String?

  /// Creates an actor.
  package init(user: String? = nil, author: String? = nil, committer: String? = nil, signer: String? = nil) {
    self.user = user
    self.author = author
    self.committer = committer
    self.signer = signer
  }

  /// Display name: the user if known, otherwise the author or committer.
  package var shown: String { user ?? author ?? committer ?? "" }
}
