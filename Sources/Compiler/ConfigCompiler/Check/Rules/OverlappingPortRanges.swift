import ConfigModel
import Diagnostics

/// Port ranges of different organizations must not overlap.
enum OverlappingPortRanges: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    let overlaps = context.holdings.slices.winners
    guard !overlaps.isEmpty else { return }
    let organizations = Dictionary(units.map { ($0.name, $0) }) { first, _ in first }
    // One error for each organization, however many others it overlaps.
    var told: Set<String> = []
    for (pair, winner) in overlaps.sorted(by: { ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second) }) {
      for (loser, other) in [(pair.first, pair.second), (pair.second, pair.first)] where loser != winner {
        guard let mine = organizations[loser]?.organization, let range = mine.spec.portRange,
          let theirs = organizations[other]?.organization, let foreign = theirs.spec.portRange,
          told.insert(loser).inserted
        else { continue }
        report.add(
          .overlappingPortRanges, "the ports \(range) of `\(loser)` overlap those of another organization",
          at: mine.place(["spec", "portRange"]),
          related: [theirs.place(["spec", "portRange"], "\(foreign) of `\(other)`")],
          help: "give each organization ports of its own")
      }
    }
  }
}
