package import ConfigModel
package import Diagnostics

/// What a compile found out: the model, every diagnostic, and all that a later compile can use again.
package struct Compilation: Sendable {
  package let platform: PlatformUnit
  let organizations: [CheckedOrganization]
  /// Who has what several claim.
  package let holdings: Holdings
  /// Every problem, in file order.
  package let diagnostics: [Diagnostic]
  /// The moment against which expiry was judged.
  package let now: Timestamp

  private let positions: [String: Int]

  init(
    platform: PlatformUnit, organizations: [CheckedOrganization], holdings: Holdings, diagnostics: [Diagnostic],
    now: Timestamp
  ) {
    self.platform = platform
    self.organizations = organizations
    self.holdings = holdings
    self.diagnostics = diagnostics
    self.now = now
    positions = Dictionary(uniqueKeysWithValues: organizations.enumerated().map { ($1.unit.name, $0) })
  }

  /// Whether nothing stands in the way of applying it.
  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// The organizations, sorted by name.
  package var units: [OrganizationUnit] { organizations.map(\.unit) }

  package func unit(named name: String) -> OrganizationUnit? { organization(named: name)?.unit }

  func organization(named name: String) -> CheckedOrganization? { positions[name].map { organizations[$0] } }

  /// The text of a file that was read, to show a place in it.
  package func source(_ path: String) -> SourceFile? {
    guard let org = RepositoryTree.organization(of: path) else {
      return platform.files[path]?.source ?? platform.scanned[path]?.source
    }
    let unit = unit(named: org)
    return unit?.files[path]?.source ?? unit?.scanned[path]?.source
  }

  /// The files that were read: of one organization, or of the whole repository where `org` is nil.
  package func files(of org: String?) -> [ParsedFile] {
    if let org { return unit(named: org).map { Array($0.files.values) } ?? [] }
    return Array(platform.files.values) + units.flatMap { Array($0.files.values) }
  }
}

/// An organization with the outcome of its rules.
struct CheckedOrganization: Sendable {
  let unit: OrganizationUnit
  let diagnostics: [Diagnostic]
  /// The days on which the rules come to the same outcome.
  private let days: ClosedRange<CivilDate>

  init(unit: OrganizationUnit, diagnostics: [Diagnostic], context: RuleContext) {
    self.unit = unit
    self.diagnostics = diagnostics
    days = Self.sameOutcome(unit, context)
  }

  func holds(on day: CivilDate) -> Bool { days.contains(day) }

  /// The days around today on which no key or token expires, or comes near to it.
  private static func sameOutcome(_ unit: OrganizationUnit, _ context: RuleContext) -> ClosedRange<CivilDate> {
    let warningDays = context.spec?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
    var first = CivilDate(daysSinceEpoch: -1_000_000)
    var last = CivilDate(daysSinceEpoch: 10_000_000)
    // A change on day d means: an outcome up to d − 1, another from d on.
    func change(on day: CivilDate) {
      if day <= context.day { first = max(first, day) } else { last = min(last, day.advanced(byDays: -1)) }
    }
    for key in unit.keys {
      guard let expires = key.spec.expires, key.spec.status == .active else { continue }
      change(on: expires.advanced(byDays: 1))
      // Within the window the message counts the days, so that every day differs.
      let window = expires.advanced(byDays: 1 - warningDays)
      if context.day >= window, context.day <= expires { return context.day...context.day }
      change(on: window)
    }
    for token in unit.users.flatMap(\.spec.access.tokens) {
      guard let expires = token.expires else { continue }
      change(on: expires.advanced(byDays: 1))
    }
    return first...max(first, last)
  }
}

// MARK: - What did not change

extension ParsedFile {
  func isUnchanged(_ entry: TreeEntry) -> Bool { identity != nil && identity == entry.identity }
}

extension OrganizationUnit {
  func isUnchanged(_ folder: RepositoryTree.OrganizationFolder) -> Bool {
    identity != nil && identity == folder.identity
  }
}

extension PlatformUnit {
  /// Whether rules see the same platform, roles and global users in both.
  func isUnchanged(_ other: PlatformUnit) -> Bool {
    ignored == other.ignored && files.count == other.files.count
      && files.allSatisfy { path, file in file.identity != nil && other.files[path]?.identity == file.identity }
  }
}
