import ConfigCompiler
import StatusAuthentication
import StatusModel

/// Maps providers' identities to users in the applied commit.
package final class DeclaredIdentities: Sendable {
  private let index = ModelIndex<IdentityDirectory?>(nil) { $0.model.map { IdentityDirectory($0.compilation) } }

  /// Creates an index that is built on first use.
  package init() {}

  /// Returns the user who declares an identity; nil if there is none.
  func user(_ identity: Identity, _ snapshot: StatusSnapshot) -> UserID? { index.value(for: snapshot)?.user(identity) }
}
