import ConfigModel

/// Renders what a region needs, and anew only the organizations whose declaration changed since they were rendered last.
package struct RenderCache: Sendable {
  private struct Entry: Sendable {
    let unit: OrganizationUnit
    let objects: [RenderedObject]
  }

  /// What every organization's manifests depend on beside its own declaration.
  private struct Base: Equatable {
    let platform: [String: ContentIdentity]
    let day: CivilDate

    /// Nil where the platform's files do not tell whether they changed.
    init?(_ compilation: Compilation) {
      let identities = compilation.platform.files.compactMapValues(\.identity)
      guard identities.count == compilation.platform.files.count else { return nil }
      platform = identities
      day = compilation.now.day
    }
  }

  private let region: String
  private let options: Renderer.Options
  private var base: Base?
  private var entries: [String: Entry] = [:]

  package init(region: String, options: Renderer.Options) {
    self.region = region
    self.options = options
  }

  /// The objects of every organization that has no errors.
  package mutating func objects(for compilation: Compilation) throws(Renderer.Failure) -> [String: [RenderedObject]] {
    let renderer = try Renderer(compilation, options: options)
    let base = Base(compilation)
    let known = base != nil && base == self.base ? entries : [:]
    let faults = compilation.faults
    var fresh: [String: Entry] = [:]
    for unit in compilation.units where !faults.contain(unit.name) {
      if let entry = known[unit.name], entry.unit === unit {
        fresh[unit.name] = entry
      } else {
        fresh[unit.name] = Entry(unit: unit, objects: try renderer.objects(of: unit, in: region))
      }
    }
    self.base = base
    entries = fresh
    return fresh.mapValues(\.objects)
  }
}
