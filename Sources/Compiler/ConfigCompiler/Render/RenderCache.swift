package import ConfigModel

/// A renderer of one region that reuses the objects of organizations whose declarations did not change.
package struct RenderCache: Sendable {
  private struct Entry: Sendable {
    let unit: OrganizationUnit
    let objects: [RenderedObject]
  }

  /// Inputs of every organization's manifests besides its own declaration.
  private struct Base: Equatable {
    let platform: [String: ContentIdentity]
    let day: CivilDate

    /// Nil if identities are missing, so that changes to the platform's files would go unnoticed.
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

  /// Result of rendering all organizations.
  package struct Rendering: Sendable {
    /// The objects of each organization without errors.
    package fileprivate(set) var objects: [String: [RenderedObject]] = [:]
    /// The reason if an organization without errors could not be rendered. It affects no other organization.
    package fileprivate(set) var failures: [String: Renderer.Failure] = [:]
  }

  /// Renders all organizations without errors.
  ///
  /// - Parameters:
  ///   - compilation: The declarations.
  ///   - day: The day on which keys must be active to be rendered; nil for the compilation's own.
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
