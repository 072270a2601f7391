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

  /// For each organization with a change that a rule of the operator refuses, its documents before that change; nil for an
  /// organization that is new.
  ///
  /// Such an organization stays as it was, so the next change is compared with these documents as well.
  let withheld: [String: OrganizationUnit?]

  private let positions: [String: Int]

  init(
    platform: PlatformUnit, organizations: [CheckedOrganization], holdings: Holdings, diagnostics: [Diagnostic],
    now: Timestamp, withheld: [String: OrganizationUnit?]
  ) {
    self.withheld = withheld
    self.platform = platform
    self.organizations = organizations
    self.holdings = holdings
    self.diagnostics = diagnostics
    self.now = now
    positions = Dictionary(uniqueKeysWithValues: organizations.enumerated().map { ($1.unit.name, $0) })
  }

  /// Whether a rule of the operator compares documents with those before a change.
  package var comparesChanges: Bool { platform.rules?.hasChanges ?? false }

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
