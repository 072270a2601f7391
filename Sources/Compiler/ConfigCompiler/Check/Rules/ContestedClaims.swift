import ConfigModel
import Diagnostics

/// Only one document may claim something exclusive, such as a port or an account.
///
/// The claimant that had it in the base keeps it, and the others get the error, so that claiming something does not
/// affect its present holder.
enum ContestedClaims: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    var ports = TakenPorts(units, context)
    for (claim, made) in context.table.contested {
      let holder = context.holdings.claims[claim]?.holder
      for (position, mine) in made.enumerated() where mine.claimant != holder {
        guard
          let other = made.first(where: { $0.claimant == holder })
            ?? made.first(where: { $0.claimant != mine.claimant })
        else { continue }
        // Within one organization one error is enough: the first of several claimants gets none, although it does not
        // hold the claim either.
        if holder == nil, position == 0, made.allSatisfy({ $0.claimant.org == mine.claimant.org }) { continue }
        add(claim, mine, other, &ports, &report)
      }
    }
  }

  private static func add(
    _ claim: Claim, _ mine: MadeClaim, _ other: MadeClaim, _ ports: inout TakenPorts, _ report: inout Report
  ) {
    let isForeign = mine.claimant.org != other.claimant.org
    func related(_ text: String) -> [Place] { [Place(other.place.document, other.place.path, text)] }
    switch claim {
    case .github(let name): addAccount("the GitHub account `\(name)`")
    case .gitlab(let name): addAccount("the GitLab account `\(name)`")
    case .email(let address): addAccount("the commit address `\(address)`")
    case .oidc(let identity): addAccount("the subject `\(identity.subject)`")
    case .sshKey: addAccount("the SSH key")
    case .token:
      report.add(
        .duplicateToken, "the API token already belongs to another user", at: mine.place,
        related: related("declared here already"), help: "create a new token: each token belongs to one user")
    case .publicKey:
      report.add(
        .duplicatePublicKey,
        isForeign
          ? "the public key of `\(mine.claimant.name)` already belongs to another organization"
          : "the keys `\(mine.claimant.name)` and `\(other.claimant.name)` have the same public key",
        at: mine.place, related: related("also declared here"),
        help: isForeign
          ? "generate a new key pair: a key identifies one peer of one organization"
          : "remove one of them")
    case .sealed:
      report.add(
        .duplicateSealedValue,
        "the sealed value of `\(mine.claimant.name)` is also used in another organization, but only one can decrypt it",
        at: mine.place, related: related("it is also used here"),
        help: "seal a value for this document with `wpex seal`: a sealed value can be decrypted in one document only")
    case .port(let region, let port):
      let free = ports.nextFree(after: port, in: region, for: mine.claimant)
      report.add(
        .portTaken,
        "port \(port) of region `\(region)` is taken"
          + (isForeign ? " by a relay of another organization" : " by relay `\(other.claimant.name)`"),
        at: Place(mine.place.document, mine.place.path, "taken"), related: related("taken here"),
        help: free.map { "port \($0) is free" } ?? "no port in the range is free: ask an admin for a larger range",
        fixes: free.map {
          [
            Diagnostic.Fix(
              "use the next free port, \($0)",
              edits: [Diagnostic.Edit(report.location(mine.place), "\($0)")], isCertain: false)
          ]
        } ?? [])
    case .dnsName(let name):
      report.add(
        .dnsNameTaken,
        "the DNS name `\(name)` already leads to "
          + (isForeign ? "a relay of another organization" : "relay `\(other.claimant.name)`"),
        at: Place(mine.place.document, mine.place.path, "taken"), related: related("taken here"),
        help: "choose another name: each leads to one relay")
    }

    func addAccount(_ what: String) {
      report.add(
        .duplicateAccount, "\(what) already belongs to another user", at: mine.place,
        related: related("claimed here already"), help: "an account belongs to one user: remove it from one of them")
    }
  }
}

/// The ports in use, collected only if a free one must be suggested.
private struct TakenPorts {
  private let units: [OrganizationUnit]
  private let spec: PlatformSpec?
  private var byRegion: [String: Set<Int>]?

  init(_ units: [OrganizationUnit], _ context: RepositoryContext) {
    self.units = units
    spec = context.platform.platform?.spec
  }

  /// Returns the next port that is free in all regions of a relay.
  mutating func nextFree(after port: Int, in region: String, for claimant: DocumentID) -> Int? {
    let unit = units.first { $0.name == claimant.org }
    let own = unit?.organization?.spec.portRange
    let regions = unit?.relays.first { $0.name == claimant.name }?.spec.regions ?? [region]
    let ranges = regions.compactMap { spec?.region($0)?.portRange } + [own].compactMap { $0 }
    let low = ranges.map(\.low).max() ?? 1
    let high = ranges.map(\.high).min() ?? 65_535
    guard low <= high else { return nil }
    let taken = regions.reduce(into: Set<Int>()) { $0.formUnion(self.taken(in: $1)) }
    let foreign = own == nil ? units.filter { $0.name != claimant.org }.compactMap(\.portSlice) : []
    let isFree = { (port: Int) in !taken.contains(port) && !foreign.contains { $0.contains(port) } }
    let candidates = low...high
    return candidates.first { $0 > port && isFree($0) } ?? candidates.first(where: isFree)
  }

  private mutating func taken(in region: String) -> Set<Int> {
    if let byRegion { return byRegion[region] ?? [] }
    var found: [String: Set<Int>] = [:]
    for relay in units.flatMap(\.relays) {
      for region in relay.spec.regions { found[region, default: []].formUnion(relay.spec.portFields.map(\.port)) }
    }
    byRegion = found
    return found[region] ?? []
  }
}
