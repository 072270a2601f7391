package import ConfigModel

/// Who has what several claim. Whoever had it in the base keeps it; a claim that nobody contests is its claimant's.
///
/// A holder stays one from compilation to compilation, each the base of the next, as long as it claims the thing.
package struct Holdings: Sendable {
  /// The outcome for one claim.
  struct Outcome: Sendable {
    /// Nil where nobody has it.
    let holder: DocumentID?
    /// Those who were there first: the holder, or several of whom none is before the others.
    let first: Set<DocumentID>
    /// Whether somebody who claims it now claimed it in the base, so that no older commit need be looked at.
    let isSettled: Bool
  }

  let claims: [Claim: Outcome]
  let slices: PortSlices

  static let none = Holdings(claims: [:], slices: PortSlices([], base: nil))

  private init(claims: [Claim: Outcome], slices: PortSlices) {
    self.claims = claims
    self.slices = slices
  }

  init(_ table: ClaimTable, _ units: [OrganizationUnit], base: Compilation?) {
    slices = PortSlices(units, base: base)
    guard !table.contested.isEmpty else {
      claims = [:]
      return
    }
    let before = base.map { ClaimTable.made(Set(table.contested.keys), in: $0) } ?? [:]
    claims = table.contested.reduce(into: [:]) { claims, contested in
      claims[contested.key] = Self.outcome(
        contested.key, contested.value, before: before[contested.key] ?? [],
        known: base?.holdings.claims[contested.key])
    }
  }

  /// - Parameters:
  ///   - before: those who claim it in the base.
  ///   - known: the base's outcome, where several claim it there.
  private static func outcome(
    _ claim: Claim, _ made: [MadeClaim], before: [MadeClaim], known: Outcome?
  ) -> Outcome {
    let earlier = known?.first ?? Set(before.map(\.claimant))
    var candidates = made.filter { earlier.contains($0.claimant) }
    // A document that was renamed: its organization keeps what it had.
    if candidates.isEmpty { candidates = made.filter { made in earlier.contains { $0.org == made.claimant.org } } }
    // The holder is gone: whoever claimed it already comes before those who begin now.
    if candidates.isEmpty { candidates = made.filter { made in before.contains { $0.claimant == made.claimant } } }
    // Within one organization no older commit need be looked at either: whoever has it, the error is that organization's.
    let isWithin = !claim.isCredential && made.allSatisfy { $0.claimant.org == made.first?.claimant.org }
    let isSettled = !candidates.isEmpty || isWithin
    if candidates.isEmpty { candidates = made }
    let holder = only(of: candidates, claim)
    return Outcome(holder: holder, first: holder.map { [$0] } ?? Set(candidates.map(\.claimant)), isSettled: isSettled)
  }

  /// Whose it is where nobody was there first.
  private static func only(of made: [MadeClaim], _ claim: Claim) -> DocumentID? {
    if made.count == 1 { return made.first?.claimant }
    if claim.isCredential {
      let active = made.filter(\.isActive)
      return active.count == 1 ? active.first?.claimant : nil
    }
    // Within one organization the order decides: nobody else is concerned.
    guard let first = made.first, made.allSatisfy({ $0.claimant.org == first.claimant.org }) else { return nil }
    return first.claimant
  }

  /// What is contested and was not decided by the base.
  package var disputes: Disputes {
    Disputes(claims: Set(claims.filter { !$0.value.isSettled }.keys), slices: slices.disputes)
  }

  /// Whether any of these is contested here, however that was decided.
  package func contest(_ disputes: Disputes) -> Bool {
    disputes.claims.contains { claims[$0] != nil } || disputes.slices.contains { slices.winners[$0] != nil }
  }

  /// What several claim, none of whom the base knows to have been first.
  package struct Disputes: Sendable {
    let claims: Set<Claim>
    let slices: Set<PortSlices.Pair>

    package var isEmpty: Bool { claims.isEmpty && slices.isEmpty }
  }
}

extension Compilation {
  /// Who has each of some claims: one, or where nobody was first, all who make it.
  package func claimants(of claims: Set<Claim>) -> [Claim: [DocumentID]] {
    ClaimTable.made(claims, in: self).reduce(into: [:]) { found, made in
      found[made.key] = holdings.claims[made.key]?.holder.map { [$0] } ?? made.value.map(\.claimant)
    }
  }
}
