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
  /// The contents of files by their path. What is missing from it could not be read and is passed over.
  package typealias Contents = [String: [UInt8]]

  /// The entries whose contents a compile of `tree` needs, given what an earlier one knows already.
  package static func entriesToRead(in tree: RepositoryTree, reusing earlier: Compilation? = nil) -> [TreeEntry] {
    // `.wpexignore` decides what else is read, and it is not known yet: entries that it may exclude are read in vain.
    let open = IgnoreGlobs()
    let isWanted = { (entry: TreeEntry) -> Bool in
      entry.kind == .file && entry.size <= TreeRules.largestFile && PathRole(of: entry.path, ignored: open).isRead
    }
    return entries(in: tree, since: earlier, where: isWanted) { entry, platform, unit in
      (unit?.files ?? platform?.files)?[entry.path]?.isUnchanged(entry) ?? false
    }
  }

  /// The entries that are wanted and that an earlier compilation does not know as they are now.
  ///
  /// - Parameter isKnown: whether it does: by the unit of the organization in whose folder an entry is, or by that of the
  ///   platform.
  static func entries(
    in tree: RepositoryTree, since earlier: Compilation?, where isWanted: (TreeEntry) -> Bool,
    isKnown: (TreeEntry, PlatformUnit?, OrganizationUnit?) -> Bool
  ) -> [TreeEntry] {
    var wanted = tree.root.filter { isWanted($0) && !isKnown($0, earlier?.platform, nil) }
    // A file that another `.wpexignore` hid was not read, although its folder has not changed.
    let isSameIgnoreFile = earlier.map { $0.platform.ignoreFile == ignoreFile(in: tree) } ?? false
    for folder in tree.organizations {
      let known = earlier?.unit(named: folder.name)
      if isSameIgnoreFile, let known, known.isUnchanged(folder) { continue }
      wanted += folder.entries.filter { isWanted($0) && !isKnown($0, nil, known) }
    }
    return wanted
  }

  /// The content identity of `.wpexignore`; nil if the tree has no such file, or no identities.
  static func ignoreFile(in tree: RepositoryTree) -> ContentIdentity? {
    tree.root.first { $0.path == ".wpexignore" }?.identity
  }

  /// Compiles a tree.
  ///
  /// - Parameters:
  ///   - tree: what there is.
  ///   - contents: the bytes of at least the entries that `entriesToRead` named, and of those of `entriesToScan` that can
  ///     be read.
  ///   - now: the moment against which expiry is judged.
  ///   - earlier: a compilation of another revision whose unchanged parts are used again.
  ///   - base: what was there before: in a collision, whoever has something there keeps it. Without one, all of those who
  ///     claim the same have the error, and nobody comes first by the order of names.
  /// - Complexity: linear in the bytes that changed, and in the number of organizations and keys with a small constant.
  package static func compile(
    _ tree: RepositoryTree, contents: Contents, now: Timestamp, reusing earlier: Compilation? = nil,
    base: Compilation? = nil
  ) async -> Compilation {
    let platform = await loadPlatform(tree, contents, reusing: earlier)
    let units = await loadOrganizations(tree, contents, ignored: platform.ignored, reusing: earlier)
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
    let diagnostics =
      platform.diagnostics + report.diagnostics + checked.flatMap { $0.unit.diagnostics + $0.diagnostics }
    return Compilation(
      platform: platform, organizations: checked, holdings: holdings, diagnostics: diagnostics.inFileOrder(), now: now)
  }

  // MARK: - Loading

  private static func loadPlatform(
    _ tree: RepositoryTree, _ contents: Contents, reusing earlier: Compilation?
  ) async -> PlatformUnit {
    let entries = tree.root
    // Always among `entriesToRead`: what an earlier compilation knows of it says nothing about this one.
    let ignored = contents[".wpexignore"].map { IgnoreGlobs(String(decoding: $0, as: UTF8.self)) } ?? IgnoreGlobs()
    // The folders of organizations must not collide with each other or with what stands beside them.
    let folders = tree.organizations.map { TreeEntry(path: "orgs/\($0.name)", kind: .file, size: 0) }
    let files = await parse(entries, contents, ignored: ignored) { earlier?.platform.files[$0] }
    let scanned = scan(entries, contents, ignored: ignored) { earlier?.platform.scanned[$0] }
    return PlatformUnit(
      files: files, scanned: scanned,
      hasPlatformFile: entries.contains { $0.path == "platform.yaml" && $0.kind == .file },
      ignored: ignored, ignoreFile: ignoreFile(in: tree),
      treeDiagnostics: TreeRules.check(entries + folders, ignored: ignored) + ignoreFileFaults(contents),
      collisions: PathCollision.all(among: entries + folders))
  }

  /// What nobody can review in `.wpexignore`.
  private static func ignoreFileFaults(_ contents: Contents) -> [Diagnostic] {
    let path = ".wpexignore"
    return contents[path].map { YAMLParser.characterFaults(in: SourceFile(path: path, bytes: $0)) } ?? []
  }

  /// A unit, and whether it is the earlier compilation's.
  private struct LoadedUnit: Sendable {
    let unit: OrganizationUnit
    let isReused: Bool
  }

  private static func loadOrganizations(
    _ tree: RepositoryTree, _ contents: Contents, ignored: IgnoreGlobs, reusing earlier: Compilation?
  ) async -> [LoadedUnit] {
    let isReusable = earlier?.platform.ignored == ignored
    return await tree.organizations.concurrentMap { folder in
      let known = earlier?.unit(named: folder.name)
      if isReusable, let known, known.isUnchanged(folder) { return LoadedUnit(unit: known, isReused: true) }
      let files = parseSerially(folder.entries, contents, ignored: ignored) { known?.files[$0] }
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
    parseSerially(entries, contents, ignored: ignored, known: known)
  }

  private static func parseSerially(
    _ entries: [TreeEntry], _ contents: Contents, ignored: IgnoreGlobs, known: (String) -> ParsedFile?
  ) -> [ParsedFile] {
    entries.compactMap { entry in
      guard entry.kind == .file, entry.size <= TreeRules.largestFile else { return nil }
      let role = PathRole(of: entry.path, ignored: ignored)
      guard !role.kinds.isEmpty else { return nil }
      if let file = known(entry.path), file.isUnchanged(entry) { return file }
      guard let bytes = contents[entry.path] else { return nil }
      return ParsedFile(SourceFile(path: entry.path, bytes: bytes), identity: entry.identity, role: role)
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
  /// Maps elements on all cores, in batches, keeping their order.
  fileprivate func concurrentMap<Result: Sendable>(
    _ transform: @escaping @Sendable (Element) -> Result
  ) async -> [Result] {
    // Organizations differ in size: many small batches keep both ends of the work busy.
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
