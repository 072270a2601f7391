import Diagnostics
import YAMLSyntax
package import ConfigModel

/// A decoded document of any kind.
package enum Declaration: Sendable {
  case platform(Resource<PlatformSpec>)
  case role(Resource<RoleSpec>)
  case organization(Resource<OrganizationSpec>)
  case user(Resource<UserSpec>)
  case key(Resource<KeySpec>)
  case relay(Resource<RelaySpec>)

  /// Kind of the document.
  package var kind: Kind {
    switch self {
    case .platform: .platform
    case .role: .role
    case .organization: .organization
    case .user: .user
    case .key: .key
    case .relay: .relay
    }
  }

  /// Metadata of the document.
  package var metadata: Metadata {
    switch self {
    case .platform(let resource): resource.metadata
    case .role(let resource): resource.metadata
    case .organization(let resource): resource.metadata
    case .user(let resource): resource.metadata
    case .key(let resource): resource.metadata
    case .relay(let resource): resource.metadata
    }
  }
}
