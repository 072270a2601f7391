import ConfigModel

/// A claim that a document makes.
struct MadeClaim: Sendable {
  let claimant: DocumentID
  let place: Place
  /// Whether an active user makes it; true of whatever is not a user.
  let isActive: Bool
}

/// The claims that several documents make, each with all who make it: global users first, then organization by
/// organization, in the order of names. Whoever only asks (a pending user, all of a pending organization) makes none.
struct ClaimTable: Sendable {
  private(set) var contested: [Claim: [MadeClaim]] = [:]

  init(_ platform: PlatformUnit, _ units: [OrganizationUnit]) {
    var gathering = Gathering(wanted: nil)
    gathering.take(
      platform, units, publicKeys: Self.mayHaveDuplicates(units, \.publicKeyWords),
      sealed: Self.mayHaveDuplicates(units, \.sealedWords))
    contested = gathering.several.filter { claim, made in
      guard case .sealed = claim else { return true }
      // Within an organization a copied value is that organization's own affair, whose relays say that it does not open.
      return made.contains { $0.claimant.org != made[0].claimant.org }
    }
  }

  /// All who make one of the claims that are wanted, also where only one does.
  static func made(_ wanted: Set<Claim>, in compilation: Compilation) -> [Claim: [MadeClaim]] {
    var gathering = Gathering(wanted: wanted)
    gathering.take(compilation.platform, compilation.units, publicKeys: true, sealed: true)
    return gathering.first.mapValues { [$0] }.merging(gathering.several) { $1 }
  }

  /// Whether two words are the same: almost never without what they stand for being the same, so that the usual compile
  /// ends here.
  private static func mayHaveDuplicates(
    _ units: [OrganizationUnit], _ words: KeyPath<OrganizationUnit, [UInt64]>
  ) -> Bool {
    let count = units.reduce(0) { $0 + $1[keyPath: words].count }
    // A table at most half full, probed linearly. Keys are uniform, so that their low bits are a hash; whoever chooses
    // them otherwise slows down at most their own kind of key, for which the search gives up early.
    var size = 64
    while size < count * 2 { size *= 2 }
    var table = [UInt64](repeating: 0, count: size)
    for unit in units {
      for word in unit[keyPath: words] {
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

extension OrganizationUnit {
  /// Whether the organization only asks: then nothing in its folder counts for anybody else.
  package var isPending: Bool { organization?.spec.status == .pending }
}

/// Gathers claims; most are made once, and only the others cost a list.
private struct Gathering {
  /// Nil for all.
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
      // A user with one key in two forms claims it once.
      guard several[claim]?.contains(where: { $0.claimant == claimant }) ?? (earlier.claimant == claimant) == false
      else { continue }
      several[claim, default: [earlier]].append(made)
    }
  }
}
