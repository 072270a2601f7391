package import ConfigModel

/// Holders of the claims that several documents make.
///
/// The claimant that held the claim in the base keeps it. Each compilation is the base of the next, so a holder stays
/// one as long as it makes the claim. An uncontested claim belongs to its claimant.
package struct Holdings: Sendable {
  /// Outcome for one claim.
  struct Outcome: Sendable {
    /// The holder; nil if there is none.
    let holder: DocumentID?
    /// The earliest claimants: the holder, or several of which none was earlier than the others.
    let first: Set<DocumentID>
    /// Whether the base decides the claim, so that no older commit needs to be examined.
    let isSettled: Bool
  }

  /// Outcome of each contested claim.
  let claims: [Claim: Outcome]
  /// Outcome for overlapping port ranges.
  let slices: PortSlices

  /// No contested claims.
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

  /// Returns the outcome for one claim.
  ///
  /// - Parameters:
  ///   - claim: The claim.
  ///   - made: Its claimants now.
  ///   - before: Its claimants in the base.
  ///   - known: The outcome in the base, if the claim was contested there.
  private static func outcome(
    _ claim: Claim, _ made: [MadeClaim], before: [MadeClaim], known: Outcome?
  ) -> Outcome {
    let earlier = known?.first ?? Set(before.map(\.claimant))
    var candidates = made.filter { earlier.contains($0.claimant) }
    // If the document was renamed, its organization keeps the claim.
    if candidates.isEmpty { candidates = made.filter { made in earlier.contains { $0.org == made.claimant.org } } }
    // If the holder is gone, earlier claimants go before new ones.
    if candidates.isEmpty { candidates = made.filter { made in before.contains { $0.claimant == made.claimant } } }
    // Within one organization, no older commit needs to be examined either: the error is that organization's in any
    // case.
    let isWithin = !claim.isCredential && made.allSatisfy { $0.claimant.org == made.first?.claimant.org }
    let isSettled = !candidates.isEmpty || isWithin
    if candidates.isEmpty { candidates = made }
    let holder = only(of: candidates, claim)
    return Outcome(holder: holder, first: holder.map { [$0] } ?? Set(candidates.map(\.claimant)), isSettled: isSettled)
  }

  /// Returns the holder if no claimant was earlier than the others; nil if there is none.
  private static func only(of made: [MadeClaim], _ claim: Claim) -> DocumentID? {
    if made.count == 1 { return made.first?.claimant }
    if claim.isCredential {
      let active = made.filter(\.isActive)
      return active.count == 1 ? active.first?.claimant : nil
    }
    // Within one organization the order decides, because other organizations are not affected.
    guard let first = made.first, made.allSatisfy({ $0.claimant.org == first.claimant.org }) else { return nil }
    return first.claimant
  }

  /// Contested claims and port ranges that the base does not decide.
  package var disputes: Disputes {
    Disputes(claims: Set(claims.filter { !$0.value.isSettled }.keys), slices: slices.disputes)
  }

  /// Returns whether any of these is contested here, however that was decided.
  package func contest(_ disputes: Disputes) -> Bool {
    disputes.claims.contains { claims[$0] != nil } || disputes.slices.contains { slices.winners[$0] != nil }
  }

  /// Contested claims and port ranges of which the base does not know the earliest claimant.
  package struct Disputes: Sendable {
    let claims: Set<Claim>
    let slices: Set<PortSlices.Pair>

    /// Whether there are no disputes.
    package var isEmpty: Bool { claims.isEmpty && slices.isEmpty }
  }
}

extension Compilation {
  /// Returns the holder of each claim, or all its claimants if there is no holder.
  package func claimants(of claims: Set<Claim>) -> [Claim: [DocumentID]] {
    ClaimTable.made(claims, in: self).reduce(into: [:]) { found, made in
      found[made.key] = holdings.claims[made.key]?.holder.map { [$0] } ?? made.value.map(\.claimant)
    }
  }
}
