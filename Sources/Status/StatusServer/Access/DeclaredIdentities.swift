import ConfigCompiler
import StatusAuthentication
import StatusModel

/// Whose an identity of a provider is in the applied commit.
package final class DeclaredIdentities: Sendable {
  private let index = ModelIndex<IdentityDirectory?>(nil) { $0.model.map { IdentityDirectory($0.compilation) } }

  package init() {}

  /// The user who declares it; nil where it is nobody's.
  func user(_ identity: Identity, _ snapshot: StatusSnapshot) -> UserID? { index.value(for: snapshot)?.user(identity) }
}
