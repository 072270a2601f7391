package import ConfigModel

/// Pod Security level that a namespace enforces.
package enum PodSecurityLevel: String, Sendable, CaseIterable {
  /// Pods may use ports of their nodes, among much else.
  case privileged
  /// Pods may do almost nothing.
  case restricted
}

extension OrganizationUnit {
  /// Returns the level of the organization's namespace in a region: `privileged` if one of its relays there uses a port of the
  /// node.
  package func podSecurity(in region: String, _ platform: PlatformSpec) -> PodSecurityLevel {
    let usesHostPorts = relays.contains { relay in
      relay.spec.regions.contains(region) && platform.exposure(of: relay.spec, in: region) == .hostPort
    }
    return usesHostPorts ? .privileged : .restricted
  }
}
