import ConfigModel
import Diagnostics

/// One public key belongs to one document of one organization.
enum DuplicatePublicKeys: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RuleContext, _ report: inout Report) {
    var owners: [WireGuardPublicKey: (unit: Int, key: Int)] = [:]
    owners.reserveCapacity(units.reduce(0) { $0 + $1.keys.count })
    for (position, unit) in units.enumerated() {
      for (index, key) in unit.keys.enumerated() {
        guard let publicKey = key.spec.publicKey else { continue }
        guard let owner = owners[publicKey] else {
          owners[publicKey] = (position, index)
          continue
        }
        let other = units[owner.unit].keys[owner.key]
        let isForeign = owner.unit != position
        report.add(
          .duplicatePublicKey,
          isForeign
            ? "the public key of `\(key.name)` belongs to another organization already"
            : "the keys `\(key.name)` and `\(other.name)` have the same public key",
          at: key.place(["spec", "publicKey"]), related: [other.place(["spec", "publicKey"], "also declared here")],
          help: isForeign ? "make a new pair: a key names one peer of one organization" : "remove one of them")
      }
    }
  }
}
