import ConfigModel
import ConfigSchema
import Diagnostics

/// Every region that a document names must be one of the platform's.
enum RegionReferences: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.spec else { return }
    let known = platform.regions.map(\.name)
    func check(_ name: String, at place: Place) {
      guard !known.contains(name) else { return }
      let nearest = Spelling.nearest(to: name, among: known)
      report.add(
        .unknownRegion, "there is no region `\(name)`",
        at: Place(place.document, place.path, nearest.map { "did you mean `\($0)`?" }),
        help: "the regions are \(known.map { "`\($0)`" }.joined(separator: ", "))",
        fixes: nearest.map { [report.replacement(of: place, named: name, by: $0)] } ?? [])
    }
    for relay in unit.relays {
      for (region, path) in relay.spec.regionFields { check(region, at: relay.place(path)) }
    }
    for key in unit.keys {
      guard let region = key.spec.site?.region else { continue }
      check(region, at: key.place(["spec", "site", "region"]))
    }
    if let organization = unit.organization {
      for (index, region) in organization.spec.allowedRegions.enumerated() {
        check(region, at: organization.place(["spec", "allowedRegions", .index(index)]))
      }
    }
  }
}

extension RelaySpec {
  /// The regions, each with the field that names it.
  var regionFields: [(region: String, path: FieldPath)] {
    guard isRegional else { return regions.map { ($0, FieldPath(["spec", "region"])) } }
    return regions.enumerated().map { ($1, FieldPath(["spec", "regions", .index($0)])) }
  }
}

extension Report {
  /// Returns a fix that replaces a misspelt name. It is not certain, so it is never applied without asking.
  mutating func replacement(of place: Place, named name: String, by other: String) -> Diagnostic.Fix {
    Diagnostic.Fix(
      "replace `\(name)` with `\(other)`", edits: [Diagnostic.Edit(location(place), other)], isCertain: false)
  }
}
