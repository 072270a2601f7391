import DeploymentPlanning
package import ConfigModel

/// Permissions that a user gains or loses.
package struct RightsChange: Sendable, Equatable {
  /// The user, `anna` or `acme/bert`.
  package let user: String
  /// The organization concerned; nil for every organization and the platform.
  package let org: String?
  /// Permissions that only the head grants.
  package let gained: [Permission]
  /// Permissions that only the base grants.
  package let lost: [Permission]
}
