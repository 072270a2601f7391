/// Values of a relay's Service for the cloud that serves it. A relay's own are added to those of its region.
package struct ServiceSettings: Sendable, Equatable {
  /// Annotations, which load balancers and DNS controllers read.
  package var annotations: [String: String] = [:]
  /// The load balancer's implementation; nil for the cluster's default. Only for the exposure `LoadBalancer`.
  package var loadBalancerClass: String?
  /// IP families of the Service; nil for the cluster's default.
  package var ipFamilyPolicy: IPFamilyPolicy?

  package init() {}

  /// Returns these settings with another's added. The other's win.
  package func adding(_ other: ServiceSettings) -> ServiceSettings {
    var sum = self
    sum.annotations.merge(other.annotations) { $1 }
    sum.loadBalancerClass = other.loadBalancerClass ?? loadBalancerClass
    sum.ipFamilyPolicy = other.ipFamilyPolicy ?? ipFamilyPolicy
    return sum
  }

  /// Annotation by which external-dns learns the name of a Service. It follows `dns` and `dnsZone`.
  package static let hostnameAnnotation = "external-dns.alpha.kubernetes.io/hostname"

  /// Returns whether an annotation is written by wpex or kubectl, so that declarations cannot set it.
  package static func isReserved(_ annotation: String) -> Bool {
    let prefix = annotation.split(separator: "/", omittingEmptySubsequences: false).first ?? ""
    return annotation == hostnameAnnotation || prefix == "wpex.io" || prefix == "kubectl.kubernetes.io"
      || prefix == "applyset.kubernetes.io"
  }
}

/// IP families of a Service's addresses.
package enum IPFamilyPolicy: String, DocumentedEnumeration {
  case singleStack = "SingleStack"
  case preferDualStack = "PreferDualStack"
  case requireDualStack = "RequireDualStack"

  package var summary: String {
    switch self {
    case .singleStack: "one family, the cluster's first"
    case .preferDualStack: "IPv4 and IPv6 if the cluster has both"
    case .requireDualStack: "IPv4 and IPv6; a cluster that lacks one refuses the Service"
    }
  }
}

extension PlatformSpec {
  /// Returns the settings of a relay's Service in a region: those of the region, with the relay's own added.
  package func service(of relay: RelaySpec, in region: String) -> ServiceSettings {
    (self.region(region)?.service ?? ServiceSettings()).adding(relay.service)
  }
}
