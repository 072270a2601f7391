package import ConfigModel
package import Diagnostics

/// Result of a compilation: the model, all diagnostics, and everything that a later compilation can reuse.
package struct Compilation: Sendable {
  /// The platform, custom roles and global users.
  package let platform: PlatformUnit
  /// The organizations with their diagnostics, sorted by name.
  let organizations: [CheckedOrganization]
  /// Holders of contested claims.
  package let holdings: Holdings
  /// All problems, in file order.
  package let diagnostics: [Diagnostic]
  /// The moment for which expiry was checked.
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

  /// Whether there are errors. `faults` says what they prevent from being applied.
  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  /// The organizations, sorted by name.
  package var units: [OrganizationUnit] { organizations.map(\.unit) }

  /// Returns the organization called `name`; nil if there is none.
  package func unit(named name: String) -> OrganizationUnit? { organization(named: name)?.unit }

  /// Returns the organization called `name`, with its diagnostics; nil if there is none.
  func organization(named name: String) -> CheckedOrganization? { positions[name].map { organizations[$0] } }

  /// Returns a file that was read, for excerpts; nil if it was not read.
  package func source(_ path: String) -> SourceFile? {
    guard let org = RepositoryTree.organization(of: path) else {
      return platform.files[path]?.source ?? platform.scanned[path]?.source
    }
    let unit = unit(named: org)
    return unit?.files[path]?.source ?? unit?.scanned[path]?.source
  }

  /// Returns the files that were read: those of one organization, or of the whole repository if `org` is nil.
  package func files(of org: String?) -> [ParsedFile] {
    if let org { return unit(named: org).map { Array($0.files.values) } ?? [] }
    return Array(platform.files.values) + units.flatMap { Array($0.files.values) }
  }
}

/// An organization with the diagnostics of its rules.
struct CheckedOrganization: Sendable {
  let unit: OrganizationUnit
  let diagnostics: [Diagnostic]
  /// The days for which the rules give the same diagnostics.
  private let days: ClosedRange<CivilDate>

  init(unit: OrganizationUnit, diagnostics: [Diagnostic], context: RuleContext) {
    self.unit = unit
    self.diagnostics = diagnostics
    days = Self.sameOutcome(unit, context)
  }

  /// Returns whether the diagnostics are valid on `day`.
  func holds(on day: CivilDate) -> Bool { days.contains(day) }

  /// Returns the days around today on which no key or token expires or enters its warning period.
  private static func sameOutcome(_ unit: OrganizationUnit, _ context: RuleContext) -> ClosedRange<CivilDate> {
    let warningDays = context.spec?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
    var first = CivilDate(daysSinceEpoch: -1_000_000)
    var last = CivilDate(daysSinceEpoch: 10_000_000)
    // A change on day d means that the outcome up to d − 1 differs from that from d on.
    func change(on day: CivilDate) {
      if day <= context.day { first = max(first, day) } else { last = min(last, day.advanced(byDays: -1)) }
    }
    for key in unit.keys {
      guard let expires = key.spec.expires, key.spec.status == .active else { continue }
      change(on: expires.advanced(byDays: 1))
      // Within the warning period the message counts the days, so each day differs.
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
  /// Returns whether `entry` has the same content; false if that is not known.
  func isUnchanged(_ entry: TreeEntry) -> Bool { identity != nil && identity == entry.identity }
}

extension OrganizationUnit {
  /// Returns whether `folder` has the same content; false if that is not known.
  func isUnchanged(_ folder: RepositoryTree.OrganizationFolder) -> Bool {
    identity != nil && identity == folder.identity
  }
}

extension PlatformUnit {
  /// Returns whether rules see the same platform, roles and global users in both.
  func isUnchanged(_ other: PlatformUnit) -> Bool {
    ignored == other.ignored && files.count == other.files.count
      && files.allSatisfy { path, file in file.identity != nil && other.files[path]?.identity == file.identity }
  }
}
