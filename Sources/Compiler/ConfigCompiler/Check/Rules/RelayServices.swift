import ConfigModel
import Diagnostics

/// A relay's Service has settings that its exposure knows, and none that wpex itself writes.
enum RelayServices: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for relay in unit.relays {
      refuseReserved(relay.spec.service, in: ["spec", "service"], { relay.place($0) }, &report)
      guard let balancer = relay.spec.service.loadBalancerClass, let platform = context.platform.platform else {
        continue
      }
      for region in relay.spec.regions {
        let exposure = platform.spec.exposure(of: relay.spec, in: region)
        guard exposure != .loadBalancer else { continue }
        report.add(
          .classWithoutLoadBalancer,
          "`\(relay.name)` has the load balancer class `\(balancer)`, but its exposure in `\(region)` is `\(exposure.rawValue)`",
          at: relay.place(["spec", "service", "loadBalancerClass"]),
          related: [
            relay.spec.exposure == nil
              ? platform.place(place(of: region, in: platform.spec), "the region's exposure")
              : relay.place(["spec", "exposure"], "the relay's exposure")
          ],
          help: "remove `loadBalancerClass`, or set `exposure: LoadBalancer`")
        break
      }
    }
  }

  private static func place(of region: String, in platform: PlatformSpec) -> FieldPath {
    guard let index = platform.regions.firstIndex(where: { $0.name == region }) else { return ["spec", "regions"] }
    return ["spec", "regions", .index(index), "name"]
  }

  /// Reports annotations that wpex writes itself.
  static func refuseReserved(
    _ service: ServiceSettings, in path: FieldPath, _ place: (FieldPath) -> Place, _ report: inout Report
  ) {
    for name in service.annotations.keys.sorted() where ServiceSettings.isReserved(name) {
      let isName = name == ServiceSettings.hostnameAnnotation
      report.add(
        .reservedAnnotation,
        isName
          ? "a name for external-dns belongs into `dns`, which makes sure that it leads to one relay only"
          : "the annotation `\(name)` is written by wpex or kubectl",
        at: place(FieldPath(path.elements + ["annotations", .field(name)])),
        help: isName
          ? "set `dns` of the relay, or `dnsZone` of the region, and remove the annotation" : "remove the annotation")
    }
  }
}

/// The Services of a region's relays have no annotation that wpex itself writes.
enum RegionServices: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    for (index, region) in platform.spec.regions.enumerated() {
      RelayServices.refuseReserved(
        region.service, in: ["spec", "regions", .index(index), "service"], { platform.place($0) }, &report)
    }
  }
}
