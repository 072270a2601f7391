/// What tenants can choose for their relays without `platform:write`, besides what every relay gets by default.
package struct TenantOffer: Sendable, Equatable {
  /// Repositories of images besides the platform's; each includes the repositories below it.
  package var images: [String] = []
  /// Exposures besides that of the relay's region.
  package var exposures: [Exposure] = [.nodePort]
  /// Annotations of relays' Services.
  package var annotations: [String] = []
  /// Classes of load balancers besides that of the relay's region.
  package var loadBalancerClasses: [String] = []
  /// The most pods of a relay, 1 to 10; the platform's default number is always offered.
  package var maxReplicas = 3
  /// The most CPU and memory of a relay's container; an amount that is not set offers the platform's default only.
  package var maxResources = ResourceAmounts()
  /// The targets of probes; nil for every target that the policy permits.
  package var probes: ProbeTargetOffer?

  package init() {}
}

/// Targets that tenants can probe.
package struct ProbeTargetOffer: Sendable, Equatable {
  /// Networks of the targets that are written as addresses, each `ADDRESS/BITS`.
  package var networks: [String] = []
  /// Names of hosts, each with all names below it.
  package var hosts: [String] = []

  package init() {}
}

extension TenantOffer {
  /// Returns whether an image repository is one of those offered, or below one of them.
  ///
  /// A registry with another port and a name that only begins the same are other repositories, and `..` leads nowhere.
  package func includes(image repository: String) -> Bool {
    images.contains { offered in
      guard repository.hasPrefix(offered) else { return false }
      let rest = repository.dropFirst(offered.count)
      guard !rest.isEmpty else { return true }
      return rest.first == "/"
        && rest.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
          !part.isEmpty && part != "." && part != ".." && !part.contains(":")
        }
    }
  }
}

extension ProbeTargetOffer {
  /// Returns whether a target of a probe, an address or a name, is one of those offered.
  package func includes(_ target: String) -> Bool {
    guard let address = IPAddress(target) else { return includes(name: target) }
    return networks.contains { IPNetwork($0)?.contains(address) ?? false }
      || hosts.contains { IPAddress($0) == address }
  }

  private func includes(name: String) -> Bool {
    let name = name.lowercased()
    return hosts.contains { offered in
      let offered = offered.lowercased()
      return name == offered || name.hasSuffix("." + offered)
    }
  }
}
