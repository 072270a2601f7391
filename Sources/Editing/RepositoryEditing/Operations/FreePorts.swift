import ConfigCompiler
import ConfigModel

/// A search for unused ports and port slices.
struct FreePorts {
  private let base: Compilation

  init(_ base: Compilation) { self.base = base }

  /// Returns the lowest port within the organization's range and each region's that no relay of these regions uses.
  ///
  /// - Parameter except: a port that must not be returned.
  /// - Throws: `EditError` if there is none.
  func lowest(
    in regions: [String], for unit: OrganizationUnit, except: Int? = nil
  ) throws(EditError) -> Int {
    let names = regions.map { "`\($0)`" }.joined(separator: " and ")
    let place = "region\(regions.count == 1 ? "" : "s") \(names)"
    let own = unit.organization?.spec.portRange
    var low = own?.low ?? 1
    var high = own?.high ?? 65_535
    for region in regions {
      let range = try range(of: region)
      low = max(low, range.low)
      high = min(high, range.high)
    }
    guard low <= high else {
      let reason =
        regions.count == 1 ? "\(own?.description ?? "") is outside it" : "their ranges and its own have none in common"
      throw EditError(.invalidValue, "`\(unit.name)` cannot use any port of \(place): \(reason)")
    }
    let others = base.units.flatMap(\.relays).filter { !Set($0.spec.regions).isDisjoint(with: regions) }
    let taken = Set(others.flatMap { [$0.spec.port, $0.spec.clusterPort] } + [except])
    // An organization without a slice of its own must not use those of others.
    let foreign = own == nil ? base.units.compactMap { $0.organization?.spec.portRange } : []
    guard
      let port = (low...high).first(where: { port in !taken.contains(port) && !foreign.contains { $0.contains(port) } })
    else {
      throw EditError(
        .invalidValue, "no port of \(low)-\(high) is free in \(place): an admin can widen the range")
    }
    return port
  }

  /// Returns the lowest slice of `size` ports that is within each region's range and does not overlap another
  /// organization's slice.
  ///
  /// - Throws: `EditError` if there is none.
  func slice(of size: Int, in regions: [String]) throws(EditError) -> PortRange {
    var low = 1
    var high = 65_535
    for region in regions {
      let range = try range(of: region)
      low = max(low, range.low)
      high = min(high, range.high)
    }
    let others = base.units.compactMap { $0.organization?.spec.portRange }
    // Slices start at multiples of their size, which are easier to remember.
    for start in stride(from: (low + size - 1) / size * size, through: max(0, high - size + 1), by: size) {
      if let slice = PortRange(low: start, high: start + size - 1), !others.contains(where: slice.overlaps) {
        return slice
      }
    }
    throw EditError(.invalidValue, "no range of \(size) free ports is left: name one with --port-range")
  }

  private func range(of region: String) throws(EditError) -> PortRange {
    guard let declared = base.platform.platform?.spec.region(region) else {
      let names = (base.platform.platform?.spec.regions ?? []).map { "`\($0.name)`" }.joined(separator: ", ")
      throw EditError(.notFound, "there is no region `\(region)`; the platform has \(names.isEmpty ? "none" : names)")
    }
    guard let range = declared.portRange ?? PortRange(low: 1, high: 65_535) else {
      throw EditError(.invalidValue, "region `\(region)` has no ports")
    }
    return range
  }
}
