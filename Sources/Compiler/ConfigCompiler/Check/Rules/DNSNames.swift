import ConfigModel
import Diagnostics

/// A DNS name leads to one relay in one region.
enum DNSNames: OrganizationRule {
  private static let maxLength = 253

  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.platform.platform else { return }
    for relay in unit.relays {
      checkOwnName(of: relay, platform, &report)
      checkZones(of: relay, in: unit.name, platform, &report)
    }
  }

  private static func checkOwnName(
    of relay: Declared<RelaySpec>, _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    guard let name = relay.spec.dns else { return }
    if relay.spec.isRegional {
      report.add(
        .unusableDNSName, "`\(name)` cannot lead to the relay in each of its \(relay.spec.regions.count) regions",
        at: relay.place(["spec", "dns"], "one name"),
        related: [relay.place(["spec", "regions"], "each of these has a Service of its own")],
        help: "remove `dns`, and give each region a `dnsZone` of its own")
    } else if platform.spec.exposure(of: relay.spec, in: relay.spec.region) == .hostPort {
      report.add(
        .unusableDNSName,
        "nothing publishes `\(name)`: with the exposure `HostPort`, the Service is reachable inside the "
          + "cluster only",
        at: relay.place(["spec", "dns"]),
        help: "remove `dns`, or choose another exposure; peers reach the relay at the region's `publicHost`")
    }
  }

  private static func checkZones(
    of relay: Declared<RelaySpec>, in org: String, _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    guard relay.spec.dns == nil else { return }
    var first: [String: String] = [:]
    for region in relay.spec.regions {
      guard let name = platform.spec.dnsName(of: relay.name, relay.spec, org: org, in: region) else { continue }
      let zone = platform.spec.regions.firstIndex { $0.name == region }.map { index in
        platform.place(["spec", "regions", .index(index), "dnsZone"], "the zone of `\(region)`")
      }
      if name.utf8.count > maxLength {
        report.add(
          .unusableDNSName,
          "the DNS name of `\(relay.name)` in `\(region)` has \(name.utf8.count) characters, and the most "
            + "is \(maxLength)", at: relay.place(.name), related: [zone].compactMap(\.self),
          help: "set `dns` to a shorter name")
      }
      guard let other = first.updateValue(region, forKey: name) else { continue }
      report.add(
        .unusableDNSName, "`\(name)` would lead to the relay in `\(other)` and in `\(region)`",
        at: relay.place(["spec", "regions"], "each region has a Service of its own"),
        related: [zone].compactMap(\.self), help: "give each region a `dnsZone` of its own")
      return
    }
  }
}

/// A relay's own DNS name is not the one that another relay has in its region's zone. The newcomer has the error.
enum ZoneNames: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    guard let platform = context.platform.platform?.spec else { return }
    let zones = Set(platform.regions.compactMap(\.dnsZone))
    guard !zones.isEmpty else { return }
    for unit in units where !unit.isPending {
      for relay in unit.relays {
        guard let name = relay.spec.dns else { continue }
        for zone in zones where name.hasSuffix(".\(zone)") {
          guard let (owner, other) = holder(of: name, in: zone, units, platform), other !== relay else { continue }
          let isOlder = held(name, by: relay, of: unit.name, context.base)
          let isNewcomer = !isOlder || context.base?.relay(other.name, of: owner.name) != nil
          let place = relay.place(["spec", "dns"], isNewcomer ? "taken" : "taken here")
          let zoned = other.place(.name, isNewcomer ? "its name in the zone `\(zone)`" : "taken")
          report.add(
            .dnsNameTaken,
            "the DNS name `\(name)` already leads to "
              + (isNewcomer ? "relay `\(other.name)` of `\(owner.name)`" : "relay `\(relay.name)` of `\(unit.name)`"),
            at: isNewcomer ? place : zoned, related: owner === unit ? [isNewcomer ? zoned : place] : [],
            help: isNewcomer ? "choose another name: each leads to one relay" : "rename the relay, or set `dns`")
          break
        }
      }
    }
  }

  /// Returns the relay that has a name in a zone without declaring it.
  private static func holder(
    of name: String, in zone: String, _ units: [OrganizationUnit], _ platform: PlatformSpec
  ) -> (OrganizationUnit, Declared<RelaySpec>)? {
    let labels = name.dropLast(zone.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count == 2, let owner = units.first(where: { $0.name == labels[1] && !$0.isPending }),
      let relay = owner.relays.first(where: { $0.name == labels[0] && $0.spec.dns == nil }),
      relay.spec.regions.contains(where: {
        platform.dnsName(of: relay.name, relay.spec, org: owner.name, in: $0) == name
      })
    else { return nil }
    return (owner, relay)
  }

  /// Returns whether a relay declared a name before the change.
  private static func held(
    _ name: String, by relay: Declared<RelaySpec>, of org: String, _ base: Compilation?
  ) -> Bool {
    base?.relay(relay.name, of: org)?.spec.dns == name
  }
}

extension Compilation {
  fileprivate func relay(_ name: String, of org: String) -> Declared<RelaySpec>? {
    unit(named: org)?.relays.first { $0.name == name }
  }
}
