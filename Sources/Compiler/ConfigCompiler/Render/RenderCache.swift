package import ConfigModel

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
    init?(_ compilation: Compilation, _ day: CivilDate) {
      let identities = compilation.platform.files.compactMapValues(\.identity)
      guard identities.count == compilation.platform.files.count else { return nil }
      platform = identities
      self.day = day
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

  /// What rendering every organization came to.
  package struct Rendering: Sendable {
    /// The objects of each organization without errors.
    package fileprivate(set) var objects: [String: [RenderedObject]] = [:]
    /// Why an organization without errors has no objects. Its failure is its own: the others are rendered.
    package fileprivate(set) var failures: [String: Renderer.Failure] = [:]
  }

  /// Renders every organization that has no errors.
  ///
  /// - Parameter day: the day on which keys must be active to be rendered; nil for the compilation's own.
  /// - Throws: `Renderer.Failure` if the platform itself cannot be rendered.
  package mutating func rendering(
    of compilation: Compilation, on day: CivilDate? = nil
  ) throws(Renderer.Failure) -> Rendering {
    let renderer = try Renderer(compilation, options: options, day: day)
    let base = Base(compilation, day ?? compilation.now.day)
    let known = base != nil && base == self.base ? entries : [:]
    let faults = compilation.faults
    var fresh: [String: Entry] = [:]
    var rendering = Rendering()
    for unit in compilation.units where !faults.contain(unit.name) {
      if let entry = known[unit.name], entry.unit === unit {
        fresh[unit.name] = entry
        continue
      }
      do throws(Renderer.Failure) {
        fresh[unit.name] = Entry(unit: unit, objects: try renderer.objects(of: unit, in: region))
      } catch {
        rendering.failures[unit.name] = error
      }
    }
    self.base = base
    entries = fresh
    rendering.objects = fresh.mapValues(\.objects)
    return rendering
  }
}
