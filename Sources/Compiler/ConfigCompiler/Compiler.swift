package import ConfigModel
import Diagnostics
import YAMLSyntax

/// The compiler: a pure function of a tree's contents and a moment, in stages with a value between each.
///
/// ```
/// RepositoryTree ── entriesToRead ──▶ (the caller reads) ──▶ contents
///        │                                                     │
///        └────────────▶ load ─▶ parse ─▶ decode ─▶ resolve ─▶ check ──▶ Compilation
/// ```
package enum Compiler {
  /// Contents of files by path. Files that are missing could not be read, and are skipped.
  package typealias Contents = [String: [UInt8]]

  /// Returns the entries whose contents a compilation of `tree` needs, given an earlier one to reuse.
  package static func entriesToRead(in tree: RepositoryTree, reusing earlier: Compilation? = nil) -> [TreeEntry] {
    // `.wpexignore`, which decides what else is read, is not known yet, so entries that it excludes may be read in
    // vain.
    let open = IgnoreGlobs()
    let isWanted = { (entry: TreeEntry) -> Bool in
      entry.kind == .file && entry.size <= TreeRules.maxFileBytes && PathRole(of: entry.path, ignored: open).isRead
    }
    return entries(in: tree, since: earlier, where: isWanted) { entry, platform, unit in
      (unit?.files ?? platform?.files)?[entry.path]?.isUnchanged(entry) ?? false
    }
  }

  /// Returns the wanted entries whose present content the earlier compilation does not know.
  ///
  /// - Parameters:
  ///   - tree: The tree.
  ///   - earlier: The earlier compilation.
  ///   - isWanted: Returns whether an entry's content is needed.
  ///   - isKnown: Returns whether an entry's content is known: to the platform's unit, or to that of the organization
  ///     whose folder contains the entry.
  static func entries(
    in tree: RepositoryTree, since earlier: Compilation?, where isWanted: (TreeEntry) -> Bool,
    isKnown: (TreeEntry, PlatformUnit?, OrganizationUnit?) -> Bool
  ) -> [TreeEntry] {
    var wanted = tree.root.filter { isWanted($0) && !isKnown($0, earlier?.platform, nil) }
    // A file hidden by another `.wpexignore` was not read, although its folder has not changed.
    let isSameIgnoreFile = earlier.map { $0.platform.ignoreFile == ignoreFile(in: tree) } ?? false
    for folder in tree.organizations {
      let known = earlier?.unit(named: folder.name)
      if isSameIgnoreFile, let known, known.isUnchanged(folder) { continue }
      wanted += folder.entries.filter { isWanted($0) && !isKnown($0, nil, known) }
    }
    return wanted
  }

  /// Returns the content identity of `.wpexignore`; nil if the tree has no such file, or no identities.
  static func ignoreFile(in tree: RepositoryTree) -> ContentIdentity? {
    tree.root.first { $0.path == ".wpexignore" }?.identity
  }

  /// Compiles a tree.
  ///
  /// - Parameters:
  ///   - tree: Names and sizes of all files.
  ///   - contents: Contents of at least the entries from `entriesToRead`, and of those from `entriesToScan` that can be
  ///     read.
  ///   - now: The moment for which expiry is checked.
  ///   - earlier: A compilation of another revision, whose unchanged parts are reused.
  ///   - base: The compilation that the changes are based on, whose holders keep what they claim. Without one, the
  ///     order of names does not decide between claimants of different organizations, and all of them get the error.
  ///   - old: The compilation of the documents before the change, for the operator's rules that compare both. Without one,
  ///     those rules are not evaluated.
  /// - Complexity: Linear in the bytes that changed; also linear, with a small constant, in the number of organizations
  ///   and keys.
  package static func compile(
    _ tree: RepositoryTree, contents: Contents, now: Timestamp, reusing earlier: Compilation? = nil,
    base: Compilation? = nil, old: Compilation? = nil
  ) async -> Compilation {
    let platform = await loadPlatform(tree, contents, reusing: earlier)
    let units = await loadOrganizations(tree, contents, platform, reusing: earlier)
    let context = RuleContext(platform: platform, day: now.day)
    let isSamePlatform = earlier.map { $0.platform.isUnchanged(platform) } ?? false
    let checked = await check(units, context, reusing: isSamePlatform ? earlier : nil)

    var report = Report()
    for rule in Rules.ofPlatform { rule.check(platform, context, &report) }
    let organizations = units.map(\.unit)
    let table = ClaimTable(platform, organizations)
    let holdings = Holdings(table, organizations, base: base)
    let repository = RepositoryContext(platform: platform, table: table, holdings: holdings, base: base)
    for rule in Rules.ofRepositories { rule.check(organizations, repository, &report) }
    let changes = old.map { ChangedDocuments(platform, organizations, since: $0) }
    changes?.check(&report)
    let diagnostics =
      platform.diagnostics + report.diagnostics + checked.flatMap { $0.unit.diagnostics + $0.diagnostics }
    return Compilation(
      platform: platform, organizations: checked, holdings: holdings, diagnostics: diagnostics.inFileOrder(), now: now,
      withheld: changes?.withheld ?? [:])
  }

  // MARK: - Loading

  private static func loadPlatform(
    _ tree: RepositoryTree, _ contents: Contents, reusing earlier: Compilation?
  ) async -> PlatformUnit {
    let entries = tree.root
    // Always among `entriesToRead`, because an earlier compilation's version says nothing about this one.
    let ignored = contents[".wpexignore"].map { IgnoreGlobs(String(decoding: $0, as: UTF8.self)) } ?? IgnoreGlobs()
    // Organizations' folders must not collide with each other or with the files beside them.
    let folders = tree.organizations.map { TreeEntry(path: "orgs/\($0.name)", kind: .file, size: 0) }
    let files = await parse(entries, contents, ignored: ignored) { earlier?.platform.files[$0] }
    let scanned = scan(entries, contents, ignored: ignored) { earlier?.platform.scanned[$0] }
    return PlatformUnit(
      files: files, scanned: scanned,
      hasPlatformFile: entries.contains { $0.path == "platform.yaml" && $0.kind == .file },
      ignored: ignored, ignoreFile: ignoreFile(in: tree),
      treeDiagnostics: TreeRules.check(entries + folders, ignored: ignored) + ignoreFileFaults(contents),
      collisions: PathCollision.all(among: entries + folders), reusing: earlier?.platform.rules)
  }

  /// Returns problems with characters in `.wpexignore` that reviewers do not see.
  private static func ignoreFileFaults(_ contents: Contents) -> [Diagnostic] {
    let path = ".wpexignore"
    return contents[path].map { YAMLParser.characterFaults(in: SourceFile(path: path, bytes: $0)) } ?? []
  }

  /// A unit, and whether it comes from the earlier compilation.
  private struct LoadedUnit: Sendable {
    let unit: OrganizationUnit
    let isReused: Bool
  }

  private static func loadOrganizations(
    _ tree: RepositoryTree, _ contents: Contents, _ platform: PlatformUnit, reusing earlier: Compilation?
  ) async -> [LoadedUnit] {
    let ignored = platform.ignored
    let rules = platform.rules
    let isReusable = earlier.map { $0.platform.ignored == ignored && $0.platform.rules === rules } ?? false
    return await tree.organizations.concurrentMap { folder in
      let known = earlier?.unit(named: folder.name)
      if isReusable, let known, known.isUnchanged(folder) { return LoadedUnit(unit: known, isReused: true) }
      let files = parseSerially(folder.entries, contents, ignored: ignored, rules: rules) { known?.files[$0] }
      let scanned = scan(folder.entries, contents, ignored: ignored) { known?.scanned[$0] }
      let unit = OrganizationUnit(
        folder: folder, files: files, scanned: scanned,
        treeDiagnostics: TreeRules.check(folder.entries, ignored: ignored),
        collisions: PathCollision.all(among: folder.entries))
      return LoadedUnit(unit: unit, isReused: false)
    }
  }

  private static func parse(
    _ entries: [TreeEntry], _ contents: Contents, ignored: IgnoreGlobs, known: @Sendable (String) -> ParsedFile?
  ) async -> [ParsedFile] {
    // The rules are in one of these files. `PlatformUnit` evaluates them for the others.
    parseSerially(entries, contents, ignored: ignored, rules: nil, known: known)
  }

  private static func parseSerially(
    _ entries: [TreeEntry], _ contents: Contents, ignored: IgnoreGlobs, rules: RuleBook?,
    known: (String) -> ParsedFile?
  ) -> [ParsedFile] {
    entries.compactMap { entry in
      guard entry.kind == .file, entry.size <= TreeRules.maxFileBytes else { return nil }
      let role = PathRole(of: entry.path, ignored: ignored)
      guard !role.kinds.isEmpty else { return nil }
      if let file = known(entry.path), file.isUnchanged(entry) { return file.evaluated(by: rules) }
      guard let bytes = contents[entry.path] else { return nil }
      return ParsedFile(SourceFile(path: entry.path, bytes: bytes), identity: entry.identity, role: role, rules: rules)
    }
  }

  // MARK: - Checking

  private static func check(
    _ units: [LoadedUnit], _ context: RuleContext, reusing earlier: Compilation?
  ) async -> [CheckedOrganization] {
    await units.concurrentMap { loaded in
      if loaded.isReused, let known = earlier?.organization(named: loaded.unit.name), known.holds(on: context.day) {
        return known
      }
      var report = Report()
      for rule in Rules.ofOrganizations { rule.check(loaded.unit, context, &report) }
      return CheckedOrganization(unit: loaded.unit, diagnostics: report.diagnostics, context: context)
    }
  }
}

extension Array where Element: Sendable {
  /// Returns the transformed elements in their order, computed on all cores in batches.
  fileprivate func concurrentMap<Result: Sendable>(
    _ transform: @escaping @Sendable (Element) -> Result
  ) async -> [Result] {
    // Organizations differ in size; many small batches keep all cores busy to the end.
    let batch = Swift.max(1, count / 64)
    guard count > batch else { return map(transform) }
    return await withTaskGroup(of: (Int, [Result]).self) { group in
      for start in stride(from: 0, to: count, by: batch) {
        let slice = self[start..<Swift.min(start + batch, count)]
        group.addTask { (start, slice.map(transform)) }
      }
      var parts: [(Int, [Result])] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
    }
  }
}
