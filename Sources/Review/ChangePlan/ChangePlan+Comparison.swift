package import ChangeSet
package import ConfigCompiler
import ConfigModel
import DeploymentPlanning

extension ChangePlan {
  /// Compares two revisions. Assumes that the daemon has applied the base.
  ///
  /// - Parameters:
  ///   - base: compiled for the same moment as the head, so that the passage of time is not part of the plan.
  ///   - options: the daemon's rendering options; the Kubernetes version affects the digests.
  /// - Throws: `Renderer.Failure` if an object of a changed organization cannot be rendered, or if the head's platform
  ///   has errors.
  /// - Complexity: Linear in the number of organizations and in the size of those that differ.
  package init(from base: Revision, to head: Revision, options: Renderer.Options) throws {
    let comparison = OrganizationComparison(base: base.compilation, head: head.compilation)
    let objects = try ObjectComparison(comparison, options)
    let relays = RelayComparison(comparison, objects)
    access = try AccessComparison.changes(in: comparison)
    pairs = PairComparison.changes(in: comparison)
    rights = RightsComparison.changes(in: comparison)
    endpoints = relays.endpoints
    documents = try ChangeSet(from: base, to: head).documents.map(DeclaredChange.init)
    self.relays = relays.changes(documents)
    regions = objects.regions.filter { !$0.plan.isEmpty }
    podSecurity = objects.podSecurity
    unknown = comparison.unknown
  }
}

/// The organizations of two compilations, divided into those that may differ and those that cannot.
struct OrganizationComparison {
  /// One organization on both sides; nil on a side without it.
  struct Pair {
    let name: String
    let base: OrganizationUnit?
    let head: OrganizationUnit?
  }

  let base: Compilation
  let head: Compilation
  /// Organizations whose own documents, platform or date differ, sorted by name.
  let changed: [Pair]
  /// Organizations that are identical in every respect.
  let same: [OrganizationUnit]
  /// Organizations with errors in the base, sorted.
  let unknown: [String]

  init(base: Compilation, head: Compilation) {
    self.base = base
    self.head = head
    let isSame =
      base.platform.platform?.spec == head.platform.platform?.spec && Self.roles(base) == Self.roles(head)
      && base.now.day == head.now.day
    // If this commit creates the repository, the base has no platform, and nothing is running.
    let isBegun = base.platform.platform != nil || !base.units.isEmpty
    let faults: Compilation.Faults = isBegun ? base.faults : .none
    unknown = base.units.map(\.name).filter(faults.contain)
    var changed: [Pair] = []
    var same: [OrganizationUnit] = []
    for name in Set(base.units.map(\.name)).union(head.units.map(\.name)).sorted() {
      let pair = Pair(name: name, base: base.unit(named: name), head: head.unit(named: name))
      if let old = pair.base, let new = pair.head, isSame, old.declaresTheSame(as: new) {
        same.append(new)
      } else {
        changed.append(pair)
      }
    }
    self.changed = changed
    self.same = same
  }

  /// The regions of both sides, sorted. A region that is no longer declared is planned, held and pruned like any other.
  var regions: [String] {
    let declared = [base, head].flatMap { $0.platform.platform?.spec.regions.map(\.name) ?? [] }
    return Set(declared).sorted()
  }

  func isUnknown(_ org: String) -> Bool { unknown.contains(org) }

  private static func roles(_ compilation: Compilation) -> [String: RoleSpec] {
    Dictionary(compilation.platform.roles.map { ($0.name, $0.spec) }) { first, _ in first }
  }
}

extension OrganizationUnit {
  fileprivate func declaresTheSame(as other: OrganizationUnit) -> Bool {
    func equal<Spec>(_ left: [Declared<Spec>], _ right: [Declared<Spec>]) -> Bool {
      left.elementsEqual(right) { $0 === $1 || $0.resource == $1.resource }
    }
    return self === other
      || organization?.resource == other.organization?.resource && equal(users, other.users)
        && equal(keys, other.keys) && equal(relays, other.relays)
  }
}
