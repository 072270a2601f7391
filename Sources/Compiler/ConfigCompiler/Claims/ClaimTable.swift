import ConfigModel

/// The claims that several documents make, with all their claimants.
///
/// Claimants are ordered: global users first, then each organization's, by name. Pending users and organizations make
/// no claims.
struct ClaimTable: Sendable {
  /// The claimants of each contested claim; at least two.
  private(set) var contested: [Claim: [MadeClaim]] = [:]

  init(_ platform: PlatformUnit, _ units: [OrganizationUnit]) {
    var gathering = Gathering(wanted: nil)
    gathering.take(
      platform, units, publicKeys: Self.mayHaveDuplicates(units, \.publicKeyWords),
      sealed: Self.mayHaveDuplicates(units, \.sealedWords))
    contested = gathering.several.filter { claim, made in
      guard case .sealed = claim else { return true }
      // A value copied within an organization is that organization's own problem: its relays report that it does not
      // open.
      return made.contains { $0.claimant.org != made[0].claimant.org }
    }
  }

  /// Returns the claimants of all `wanted` claims, including those with only one.
  static func made(_ wanted: Set<Claim>, in compilation: Compilation) -> [Claim: [MadeClaim]] {
    var gathering = Gathering(wanted: wanted)
    gathering.take(compilation.platform, compilation.units, publicKeys: true, sealed: true)
    return gathering.first.mapValues { [$0] }.merging(gathering.several) { $1 }
  }

  /// Returns whether two words are equal.
  ///
  /// Equal words almost always come from equal keys or values, so the usual compilation, without duplicates, needs no
  /// closer look.
  private static func mayHaveDuplicates(
    _ units: [OrganizationUnit], _ words: KeyPath<OrganizationUnit, [UInt64]>
  ) -> Bool {
    let count = units.reduce(0) { $0 + $1[keyPath: words].count }
    // An open-addressing table, at most half full. Keys are uniformly distributed, so their low bits serve as a hash.
    // Crafted keys slow down only the search for their own kind of key, and the probe limit bounds that.
    var size = 64
    while size < count * 2 { size *= 2 }
    var table = [UInt64](repeating: 0, count: size)
    for unit in units {
      for word in unit[keyPath: words] {
        // Zero marks a free slot, so a word of zero requires the closer look.
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

extension OrganizationUnit {
  /// Whether the organization awaits approval. If so, nothing in its folder affects other organizations.
  package var isPending: Bool { organization?.spec.status == .pending }
}

/// A collector of claims. Most claims are made only once, so only the others get a list.
private struct Gathering {
  /// The claims to collect; nil for all.
  let wanted: Set<Claim>?
  private(set) var first: [Claim: MadeClaim] = [:]
  private(set) var several: [Claim: [MadeClaim]] = [:]

  init(wanted: Set<Claim>?) { self.wanted = wanted }

  mutating func take(_ platform: PlatformUnit, _ units: [OrganizationUnit], publicKeys: Bool, sealed: Bool) {
    for user in platform.users { take(user, user.spec.claims, nil, isActive: user.spec.status == .active) }
    for unit in units where !unit.isPending {
      let isActive = unit.organization?.spec.status == .active
      for user in unit.users {
        take(user, user.spec.claims, unit.name, isActive: isActive && user.spec.status == .active)
      }
      for relay in unit.relays { take(relay, relay.spec.claims, unit.name) }
      if sealed, let organization = unit.organization { take(organization, organization.spec.claims, unit.name) }
      guard publicKeys || sealed else { continue }
      for key in unit.keys where key.spec.publicKey == nil ? sealed : publicKeys {
        take(key, key.spec.claims, unit.name)
      }
    }
  }

  private mutating func take<Spec>(
    _ document: Declared<Spec>, _ claims: [(claim: Claim, path: FieldPath)], _ org: String?, isActive: Bool = true
  ) {
    for (claim, path) in claims {
      if let wanted, !wanted.contains(claim) { continue }
      let claimant = DocumentID(kind: Spec.kind, org: org, name: document.name)
      let made = MadeClaim(claimant: claimant, place: document.place(path), isActive: isActive)
      guard let earlier = first[claim] else {
        first[claim] = made
        continue
      }
      // A user who lists one key in two forms makes one claim.
      guard several[claim]?.contains(where: { $0.claimant == claimant }) ?? (earlier.claimant == claimant) == false
      else { continue }
      several[claim, default: [earlier]].append(made)
    }
  }
}
