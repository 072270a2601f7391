import ConfigModel
import ConfigSchema
import Diagnostics

/// Keys that a relay names must exist in its own organization.
enum KeyReferences: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    let faulty = units.filter { !$0.unknownKeys.isEmpty }
    guard !faulty.isEmpty else { return }
    let wanted = Set(faulty.flatMap { $0.unknownKeys.map(\.name) })
    var owners: [String: (org: String, place: Place)] = [:]
    for unit in units where !unit.isPending {
      for key in unit.keys where wanted.contains(key.name) && owners[key.name] == nil {
        owners[key.name] = (unit.name, key.place(.name, "it is a key of `\(unit.name)`"))
      }
    }
    for unit in faulty {
      let known = unit.keys.map(\.name)
      for unknown in unit.unknownKeys {
        let nearest = Spelling.nearest(to: unknown.name, among: known)
        if let owner = owners[unknown.name], nearest == nil {
          report.add(
            .foreignReference, "`\(unknown.name)` is a key of another organization, `\(owner.org)`",
            at: unknown.place, related: [owner.place],
            help: "a relay accepts only keys of its own organization: declare the key in `orgs/\(unit.name)/keys/`")
          continue
        }
        report.add(
          .unknownKey, "there is no key `\(unknown.name)` in `\(unit.name)`",
          at: Place(unknown.place.document, unknown.place.path, nearest.map { "did you mean `\($0)`?" }),
          help: nearest == nil ? "declare it in `orgs/\(unit.name)/keys/`, or use another key" : nil,
          fixes: nearest.map { [report.replacement(of: unknown.place, named: unknown.name, by: $0)] } ?? [])
      }
    }
  }
}
