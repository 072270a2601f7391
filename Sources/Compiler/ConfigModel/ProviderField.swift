/// A field of a relay that takes something of the provider: a port of its nodes, a load balancer, software of others in
/// its cluster, or more of its machines and network than it offers to tenants.
///
/// Only users with `platform:write` can set more than is offered. The rules of authority, editors and explanations all
/// use this description.
package enum ProviderField: String, Sendable, CaseIterable {
  case image
  case exposure
  case service
  case dns
  case replicas
  case resources
  case probes

  /// The field's path in a relay's document.
  package var path: String { "spec.\(rawValue)" }

  /// What needs `platform:write`, as a phrase after the field's name.
  package var excess: String {
    switch self {
    case .image: "an image from a repository that is neither the platform's nor one of `tenants.images`"
    case .exposure: "an exposure that is neither the region's nor one of `tenants.exposures`"
    case .service: "an annotation or a class of load balancers that `tenants` does not list"
    case .dns: "a name that is not below the organization's own name in the region's `dnsZone`"
    case .replicas: "more than `tenants.maxReplicas` and the platform's default"
    case .resources: "more than `tenants.maxResources` and the platform's defaults"
    case .probes: "a list with a target that is not one of `tenants.probes`"
    }
  }
}

extension PlatformSpec {
  /// Returns the fields by which a relay takes more than the platform offers to tenants, and more than it took before.
  ///
  /// - Parameters:
  ///   - org: the relay's organization.
  ///   - before: the relay before a change; nil if it is new.
  package func fieldsBeyondOffer(
    of relay: RelaySpec, in org: String, before: RelaySpec? = nil
  ) -> [ProviderField] {
    ProviderField.allCases.filter { field in
      switch field {
      case .image: takesForeignImage(relay, before)
      case .exposure: takesExposure(relay, before)
      case .service: takesServiceSettings(relay, before)
      case .dns: takesName(relay, org, before)
      case .replicas: (relay.replicas ?? 0) > max(maxOfferedReplicas, before?.replicas ?? 0)
      case .resources: takesResources(relay, before)
      case .probes: takesTargets(relay, before)
      }
    }
  }

  /// What the platform offers to tenants for a field of a relay, as a sentence without a final full stop.
  package func offer(of field: ProviderField, to org: String, region: String) -> String {
    func list(_ texts: [String]) -> String { texts.map { "`\($0)`" }.joined(separator: ", ") }
    switch field {
    case .image: return "tenants can use images from \(list([relay.image.repository] + tenants.images))"
    case .exposure:
      let offered = Exposure.allCases.filter { isOffered($0, in: region) }
      return "in this region, tenants can use \(list(offered.map(\.rawValue)))"
    case .service:
      let classes = tenants.loadBalancerClasses + [self.region(region)?.service.loadBalancerClass].compactMap(\.self)
      let offers = [
        tenants.annotations.isEmpty ? nil : "the annotations \(list(tenants.annotations))",
        classes.isEmpty ? nil : "the classes of load balancers \(list(classes))",
      ].compactMap(\.self)
      return offers.isEmpty
        ? "tenants can set no annotations or classes of load balancers"
        : "tenants can set \(offers.joined(separator: " and "))"
    case .dns:
      return self.region(region)?.dnsZone.map { "tenants of `\(org)` can use names below `\(org).\($0)`" }
        ?? "this region has no `dnsZone`, so tenants can choose no names"
    case .replicas: return "tenants can use at most \(maxOfferedReplicas) pods for each relay"
    case .resources:
      let most = tenants.maxResources
      let amounts = [most.cpu.map { "cpu `\($0)`" }, most.memory.map { "memory `\($0)`" }].compactMap(\.self)
      return "tenants can use the platform's default resources"
        + (amounts.isEmpty ? "" : ", or at most \(amounts.joined(separator: " and "))")
    case .probes:
      let targets = (tenants.probes?.networks ?? []) + (tenants.probes?.hosts ?? [])
      return targets.isEmpty ? "tenants can declare no probes" : "tenants can probe \(list(targets))"
    }
  }

  private var maxOfferedReplicas: Int { max(tenants.maxReplicas, defaults.replicas) }

  private func isOffered(_ exposure: Exposure, in region: String) -> Bool {
    tenants.exposures.contains(exposure) || self.region(region)?.exposure == exposure
  }

  private func takesForeignImage(_ relay: RelaySpec, _ before: RelaySpec?) -> Bool {
    // A different image from a foreign repository is different software and needs consent again.
    guard let image = relay.image, image != before?.image else { return false }
    return image.repository != self.relay.image.repository && !tenants.includes(image: image.repository)
  }

  private func takesExposure(_ relay: RelaySpec, _ before: RelaySpec?) -> Bool {
    guard let exposure = relay.exposure else { return false }
    // Consent is for one region: another region has other nodes and namespaces.
    let consented = before?.exposure == exposure ? before?.regions ?? [] : []
    return relay.regions.contains { !isOffered(exposure, in: $0) && !consented.contains($0) }
  }

  private func takesServiceSettings(_ relay: RelaySpec, _ before: RelaySpec?) -> Bool {
    // Consent is for one region: another cluster gives an annotation another meaning.
    let hasConsent = before.map { Set($0.regions).isSuperset(of: relay.regions) } ?? false
    let consented = hasConsent ? before?.service : nil
    if relay.service.annotations.contains(where: { name, value in
      !tenants.annotations.contains(name) && consented?.annotations[name] != value
    }) {
      return true
    }
    guard let own = relay.service.loadBalancerClass, own != consented?.loadBalancerClass else { return false }
    return !tenants.loadBalancerClasses.contains(own)
      && relay.regions.contains { self.region($0)?.service.loadBalancerClass != own }
  }

  private func takesName(_ relay: RelaySpec, _ org: String, _ before: RelaySpec?) -> Bool {
    // A name that the provider gave stays the relay's in every region: it is the same record.
    guard let name = relay.dns, name != before?.dns else { return false }
    return relay.regions.contains { region in
      guard let zone = self.region(region)?.dnsZone else { return true }
      return !name.hasSuffix(".\(org).\(zone)")
    }
  }

  private func takesResources(_ relay: RelaySpec, _ before: RelaySpec?) -> Bool {
    guard let own = relay.resources, own != before?.resources else { return false }
    let given = defaults.resources ?? ResourceRequirements()
    return own.exceeds([given] + [before?.resources].compactMap(\.self), most: tenants.maxResources)
  }

  private func takesTargets(_ relay: RelaySpec, _ before: RelaySpec?) -> Bool {
    guard let offered = tenants.probes else { return false }
    let known = Set((before?.probes ?? []).flatMap(\.targets))
    return relay.probes.flatMap(\.targets).contains { !known.contains($0) && !offered.includes($0) }
  }
}

extension Probe {
  /// The hosts that the probe measures.
  fileprivate var targets: [String] { [ping, traceroute].compactMap(\.self) }
}
