extension DiagnosticCode {
  /// Codes about relays' Services: names, load balancers, annotations.
  static let serviceEntries: [DiagnosticCode: CatalogueEntry] = [
    .dnsNameTaken: CatalogueEntry(
      .error, "DNS name taken",
      "A DNS name leads to one relay. Without `dns`, a relay has the name `RELAY.ORG.ZONE` if its region has a `dnsZone`.",
      bad: .relay("region: eu-north\nport: 30102\ndns: north.relays.example.net\n\(keys)").adding(
        Example(
          "orgs/acme/relays/north-3.yaml",
          Example.document(
            "Relay", "north-3", "region: eu-north\nport: 30103\ndns: north.relays.example.net\n\(keys)"))),
      good: .relay("region: eu-north\nport: 30102\ndns: north.relays.example.net\n\(keys)").adding(
        Example(
          "orgs/acme/relays/north-3.yaml",
          Example.document(
            "Relay", "north-3", "region: eu-north\nport: 30103\ndns: north-3.relays.example.net\n\(keys)")))),
    .unusableDNSName: CatalogueEntry(
      .error, "DNS name that leads nowhere, or to two places",
      "A relay of several regions has a Service in each, so each needs a name: from a `dnsZone` of its own. A relay with the "
        + "exposure `HostPort` has no Service that external-dns publishes. A name has at most 253 characters.",
      bad: .relay("region: eu-north\nport: 30102\nexposure: HostPort\ndns: north.relays.example.net\n\(keys)"),
      good: .relay("region: eu-north\nport: 30102\nexposure: NodePort\ndns: north.relays.example.net\n\(keys)")),
    .classWithoutLoadBalancer: CatalogueEntry(
      .error, "class of load balancers without a load balancer",
      "Kubernetes accepts `loadBalancerClass` only for Services of the type LoadBalancer.",
      bad: .relay("region: eu-north\nport: 30102\nservice: { loadBalancerClass: service.k8s.aws/nlb }\n\(keys)"),
      good: .relay(
        "region: eu-north\nport: 30102\nexposure: LoadBalancer\nservice: { loadBalancerClass: service.k8s.aws/nlb }\n\(keys)"
      )),
    .reservedAnnotation: CatalogueEntry(
      .error, "annotation that wpex writes",
      "wpex finds its objects by its own annotations, and gives external-dns one name for each relay, from `dns` or `dnsZone`.",
      bad: .relay(
        "region: eu-north\nport: 30102\n\(keys)\n"
          + "service:\n  annotations: { external-dns.alpha.kubernetes.io/hostname: north.relays.example.net }"),
      good: .relay("region: eu-north\nport: 30102\ndns: north.relays.example.net\n\(keys)")),
  ]

  private static let keys = "keys:\n  names: [headquarters]"
}
