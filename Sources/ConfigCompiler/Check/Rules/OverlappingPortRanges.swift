import ConfigModel
import Diagnostics

/// Organizations' slices of the ports do not overlap.
enum OverlappingPortRanges: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RuleContext, _ report: inout Report) {
    let slices = units.compactMap { unit -> (organization: Declared<OrganizationSpec>, range: PortRange)? in
      guard let organization = unit.organization, let range = organization.spec.portRange else { return nil }
      return (organization, range)
    }.sorted { ($0.range.low, $0.organization.name) < ($1.range.low, $1.organization.name) }
    // The widest slice so far is the one that later ones can run into.
    guard var widest = slices.first else { return }
    for slice in slices.dropFirst() {
      if slice.range.overlaps(widest.range) {
        report.add(
          .overlappingPortRanges,
          "the ports \(slice.range) of `\(slice.organization.name)` overlap those of another organization",
          at: slice.organization.place(["spec", "portRange"]),
          related: [
            widest.organization.place(["spec", "portRange"], "\(widest.range) of `\(widest.organization.name)`")
          ],
          help: "give each organization ports of its own")
      }
      if slice.range.high > widest.range.high { widest = slice }
    }
  }
}
