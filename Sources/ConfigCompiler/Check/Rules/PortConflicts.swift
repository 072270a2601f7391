import ConfigModel
import Diagnostics

/// No two relays of a region share a port, whosoever they are.
enum PortConflicts: RepositoryRule {
  private struct Endpoint: Hashable {
    let region: String
    let port: Int
  }

  static func check(_ units: [OrganizationUnit], _ context: RuleContext, _ report: inout Report) {
    var owners: [Endpoint: (unit: Int, relay: Int)] = [:]
    for (position, unit) in units.enumerated() {
      for (index, relay) in unit.relays.enumerated() {
        let endpoint = Endpoint(region: relay.spec.region, port: relay.spec.port)
        guard let owner = owners[endpoint] else {
          owners[endpoint] = (position, index)
          continue
        }
        let other = units[owner.unit].relays[owner.relay]
        let taken = Set(owners.keys.filter { $0.region == endpoint.region }.map(\.port))
        let free = nextFree(after: endpoint.port, taken: taken, region: endpoint.region, unit, context)
        let isForeign = owner.unit != position
        report.add(
          .portTaken,
          "port \(endpoint.port) of region `\(endpoint.region)` is taken"
            + (isForeign ? " by a relay of another organization" : " by relay `\(other.name)`"),
          at: relay.place(["spec", "port"], "taken"), related: [other.place(["spec", "port"], "taken here")],
          help: free.map { "port \($0) is free" } ?? "no port of the range is free: ask for a larger one",
          fixes: free.map {
            [
              Diagnostic.Fix(
                "use the next free port, \($0)",
                edits: [Diagnostic.Edit(report.location(relay.place(["spec", "port"])), "\($0)")], isCertain: false)
            ]
          } ?? [])
      }
    }
  }

  private static func nextFree(
    after port: Int, taken: Set<Int>, region: String, _ unit: OrganizationUnit, _ context: RuleContext
  ) -> Int? {
    let regional = context.spec?.region(region)?.portRange
    let own = unit.organization?.spec.portRange
    let low = max(regional?.low ?? 1, own?.low ?? 1)
    let high = min(regional?.high ?? 65_535, own?.high ?? 65_535)
    guard low <= high else { return nil }
    // All relays count, also those that come later in the order, so that the offered port is free indeed.
    let declared = Set(unit.relays.filter { $0.spec.region == region }.map(\.spec.port)).union(taken)
    let candidates = low...high
    return candidates.first { $0 > port && !declared.contains($0) } ?? candidates.first { !declared.contains($0) }
  }
}
