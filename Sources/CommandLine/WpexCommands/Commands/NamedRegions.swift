import ConfigModel

extension PlatformSpec {
  /// Checks regions that somebody named on the command line.
  ///
  /// - Throws: `CommandError` that says which regions there are, if one is unknown.
  func check(named regions: [String]) throws(CommandError) {
    guard let unknown = regions.first(where: { region($0) == nil }) else { return }
    throw CommandError(
      .usage, "the platform has no region `\(unknown)`; it has \(self.regions.map(\.name).joined(separator: ", "))")
  }
}
