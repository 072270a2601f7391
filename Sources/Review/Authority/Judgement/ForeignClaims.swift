import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema

/// Claims in a change on something that another user or organization holds in the base. No role permits them: the
/// holder must give it up first, or in the same change.
struct ForeignClaims {
  private let changes: ChangeSet
  private let base: Compilation
  /// Documents after the change; empty for removed ones.
  private let after: [DocumentID: [Declaration]]

  /// Returns a denial for each foreign claim.
  ///
  /// - Parameter base: the commit whose users, keys and relays count.
  static func decisions(on changes: ChangeSet, base: Compilation) -> [Decision] {
    ForeignClaims(changes: changes, base: base).decisions
  }

  private init(changes: ChangeSet, base: Compilation) {
    self.changes = changes
    self.base = base
    var after: [DocumentID: [Declaration]] = [:]
    for change in changes.documents {
      after[change.id, default: []] += change.head.map { [$0.declaration] } ?? []
    }
    self.after = after
  }

  /// A claim that the change introduces.
  private struct NewClaim {
    let claim: Claim
    let claimant: DocumentID
    let change: DocumentChange
    let path: FieldPath
  }

  private var decisions: [Decision] {
    let claims = newClaims
    let holders = claims.isEmpty ? [:] : base.claimants(of: Set(claims.map(\.claim)))
    var decisions = claims.compactMap { new -> Decision? in
      let others = (holders[new.claim] ?? []).filter { isForeign($0, to: new) && !isReleased(new.claim, by: $0) }
      if !others.isEmpty { return decision(new.change, new.path, new.claim.text) }
      guard case .port(let region, let port) = new.claim, let org = new.claimant.org else { return nil }
      return isInForeignSlice(port, region, org) ? decision(new.change, new.path, new.claim.text) : nil
    }
    for change in changes.documents where change.id.kind == .organization {
      if let path = foreignPorts(change) { decisions.append(decision(change, path, "a part of these ports")) }
    }
    return decisions
  }

  // MARK: - What is new

  private var newClaims: [NewClaim] {
    changes.documents.flatMap { change -> [NewClaim] in
      guard let head = change.head?.declaration, !isPending(change.id.org) else { return [] }
      let wasPending = change.id.org.map { base.unit(named: $0)?.isPending ?? false } ?? false
      let before = wasPending ? [] : Set((change.base?.declaration.claims ?? []).map(\.claim))
      var claims = head.claims.filter { !before.contains($0.claim) }.map { claim, path in
        NewClaim(claim: claim, claimant: change.id, change: change, path: path)
      }
      // Approving an organization also approves everything in its folder.
      if change.id.kind == .organization, wasPending { claims += claimsOfFolder(change) }
      return claims
    }
  }

  private func claimsOfFolder(_ change: DocumentChange) -> [NewClaim] {
    guard let unit = change.id.org.flatMap({ base.unit(named: $0) }) else { return [] }
    func claims<Spec>(
      _ documents: [Declared<Spec>], _ claims: (Spec) -> [(claim: Claim, path: FieldPath)]
    ) -> [NewClaim] {
      documents.flatMap { document -> [NewClaim] in
        let claimant = DocumentID(kind: Spec.kind, org: unit.name, name: document.name)
        guard after[claimant] == nil else { return [] }
        return claims(document.spec).map { claim, _ in
          NewClaim(claim: claim, claimant: claimant, change: change, path: ["spec", "status"])
        }
      }
    }
    return claims(unit.users, \.claims) + claims(unit.keys, \.claims) + claims(unit.relays, \.claims)
  }

  /// Whether an organization is pending after the change.
  private func isPending(_ org: String?) -> Bool {
    guard let org else { return false }
    if let declared = after[DocumentID(kind: .organization, org: org, name: org)] {
      return declared.contains { $0.status == .pending }
    }
    return base.unit(named: org)?.isPending ?? false
  }

  // MARK: - Whose it is

  private func isForeign(_ holder: DocumentID, to new: NewClaim) -> Bool {
    // Keys may be shared within one organization, but not between two users.
    new.claim.isCredential ? holder != new.claimant : holder.org != new.claimant.org
  }

  /// Whether the change removes a claim from its holder.
  private func isReleased(_ claim: Claim, by holder: DocumentID) -> Bool {
    if isPending(holder.org) { return true }
    guard let declared = after[holder] else { return false }
    return !declared.contains { $0.claims.contains { $0.claim == claim } }
  }

  // MARK: - Slices of the ports

  /// Returns an organization's port slice after the change.
  private func slice(of org: String) -> PortRange? {
    guard !isPending(org) else { return nil }
    guard let declared = after[DocumentID(kind: .organization, org: org, name: org)] else {
      return base.unit(named: org)?.portSlice
    }
    return declared.lazy.compactMap(\.portRange).first
  }

  /// Returns the parts of other organizations' slices that they have before and keep after the change.
  private func foreignSlices(to org: String) -> [(unit: OrganizationUnit, kept: PortRange)] {
    base.units.compactMap { unit in
      guard unit.name != org, let before = unit.portSlice, let after = slice(of: unit.name) else { return nil }
      return PortRange(low: max(before.low, after.low), high: min(before.high, after.high)).map { (unit, $0) }
    }
  }

  private func isInForeignSlice(_ port: Int, _ region: String, _ org: String) -> Bool {
    if slice(of: org)?.contains(port) ?? false { return false }
    return foreignSlices(to: org).contains { unit, kept in
      kept.contains(port) && unit.organization?.spec.allowedRegions.contains(region) ?? false
    }
  }

  /// Returns the field by which an organization takes ports of another's slice that were not in its own before; nil if
  /// it takes none.
  private func foreignPorts(_ change: DocumentChange) -> FieldPath? {
    guard let org = change.id.org, change.head != nil, let own = slice(of: org) else { return nil }
    let before = base.unit(named: org)?.portSlice
    let isNew = { (port: Int) in !(before?.contains(port) ?? false) }
    let isTaken = foreignSlices(to: org).contains { _, kept in
      guard let common = PortRange(low: max(own.low, kept.low), high: min(own.high, kept.high)) else { return false }
      // If an interval minus another one is not empty, it contains an end of the first or a neighbor of the second.
      let edges = [common.low, common.high] + (before.map { [$0.low - 1, $0.high + 1] } ?? [])
      return edges.contains { common.contains($0) && isNew($0) }
    }
    guard isTaken else { return nil }
    return before == nil && base.unit(named: org)?.isPending ?? false ? ["spec", "status"] : ["spec", "portRange"]
  }

  private func decision(_ change: DocumentChange, _ path: FieldPath, _ what: String) -> Decision {
    let fields = change.fields.filter {
      $0.path.elements.starts(with: path.elements) || path.elements.starts(with: $0.path.elements)
    }
    return Decision(subject: .document(change, fields), rule: nil, outcome: .held(what), suitableRoles: [])
  }
}

extension Declaration {
  /// The document's claims, regardless of whether its organization is pending.
  var claims: [(claim: Claim, path: FieldPath)] {
    switch self {
    case .user(let resource): resource.spec.claims
    case .key(let resource): resource.spec.claims
    case .relay(let resource): resource.spec.claims
    case .organization(let resource): resource.spec.claims
    case .platform, .role: []
    }
  }

  fileprivate var portRange: PortRange? {
    if case .organization(let resource) = self { resource.spec.portRange } else { nil }
  }
}

extension Claim {
  /// The claimed item, as a phrase.
  fileprivate var text: String {
    switch self {
    case .github(let name): "the GitHub account `\(name)`"
    case .gitlab(let name): "the GitLab account `\(name)`"
    case .email(let address): "the commit address `\(address)`"
    case .oidc(let identity): "the subject `\(identity.subject)`"
    case .sshKey: "the SSH key"
    case .token: "the API token"
    case .publicKey: "the public key"
    case .sealed: "the sealed value"
    case .port(let region, let port): "port \(port) of region `\(region)`"
    case .dnsName(let name): "the DNS name `\(name)`"
    }
  }
}
