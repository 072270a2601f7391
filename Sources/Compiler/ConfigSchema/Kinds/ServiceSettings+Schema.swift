import ConfigModel

extension Schema where Value == ServiceSettings {
  /// Returns the schema of a Service's settings below a kind's field.
  private static func settings(_ path: String, _ summary: String) -> Schema {
    .object(
      path, ServiceSettings(), summary,
      fields: [
        .defaulted(
          "annotations", \.annotations, .annotations,
          "annotations of the Service, which load balancers and other controllers of the cloud read; none of `wpex.io/`, and "
            + "no name for external-dns, which follows `dns` and `dnsZone` (WPX1438)",
          default: "{}", examples: "{ service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing }"),
        .optional(
          "loadBalancerClass", \.loadBalancerClass, .format(.labelKey),
          "the load balancer's implementation, for the exposure `LoadBalancer`; if it changes, the relay gets another load "
            + "balancer and address", examples: "service.k8s.aws/nlb"),
        .optional(
          "ipFamilyPolicy", \.ipFamilyPolicy, .choice,
          "the IP families of its addresses; if missing, the cluster's choice",
          examples: "PreferDualStack"),
      ])
  }

  static let regionService = settings(
    "Platform.spec.regions[].service", "Values of the Services of the region's relays, for the cloud.")

  static let relayService = settings(
    "Relay.spec.service",
    "Values of its Service, for the cloud, added to those of the region. Each wins over the region's. What "
      + "`tenants.annotations` and `tenants.loadBalancerClasses` do not list needs `platform:write`.")
}
