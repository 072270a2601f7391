import ConfigModel
import Diagnostics

/// One public key belongs to one document of one organization.
enum DuplicatePublicKeys: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RuleContext, _ report: inout Report) {
    guard mayHaveDuplicates(units) else { return }
    var owners: [WireGuardPublicKey: (unit: Int, key: Int)] = [:]
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

  /// Whether two keys share a first word: almost never without being equal, so that the usual compile ends here.
  private static func mayHaveDuplicates(_ units: [OrganizationUnit]) -> Bool {
    let count = units.reduce(0) { $0 + $1.publicKeyWords.count }
    // A table at most half full, probed linearly. Keys are uniform, so that their low bits are a hash; whoever chooses
    // them otherwise slows down at most their own kind of key, for which the search gives up early.
    var size = 64
    while size < count * 2 { size *= 2 }
    var table = [UInt64](repeating: 0, count: size)
    for unit in units {
      for word in unit.publicKeyWords {
        // Zero marks a free place; such a word is looked into instead.
        guard word != 0 else { return true }
        var place = Int(truncatingIfNeeded: word) & (size - 1)
        var steps = 0
        while table[place] != 0 {
          if table[place] == word || steps > 256 { return true }
          place = (place + 1) & (size - 1)
          steps += 1
        }
        table[place] = word
      }
    }
    return false
  }
}
