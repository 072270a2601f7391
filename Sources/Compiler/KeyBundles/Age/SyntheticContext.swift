/// Purpose of a synthetic file, which enters everything derived for it.
package struct SyntheticContext: Sendable, Hashable {
  /// Name of the organization.
  package let org: String
  /// Name of the relay.
  package let relay: String

  package init(org: String, relay: String) {
    self.org = org
    self.relay = relay
  }
}
