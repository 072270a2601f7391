import Diagnostics

/// Paths must stay distinct on file systems that ignore case or normalization.
///
/// Of several colliding names, the one in the base gets no error. If none is in the base, a declaration goes before a
/// mere request. All others get the error.
enum PathCollisions: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    let folders = Dictionary(units.map { ($0.name, $0) }) { first, _ in first }
    for collision in context.platform.collisions + units.flatMap(\.collisions) {
      let ranked = collision.names.enumerated().sorted { left, right in
        let ranks = (
          rank(left.element, folders, context), rank(right.element, folders, context)
        )
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : left.offset < right.offset
      }.map(\.element)
      guard let holder = ranked.first else { continue }
      for name in ranked.dropFirst() {
        report.add(
          Diagnostic(
            .pathCollision, "`\(name.text)` and `\(holder.text)` are the same name on some file systems",
            at: label(name, folders), related: [label(holder, folders, "the other name")], help: "rename one of them"))
      }
    }
  }

  private static func label(
    _ name: PathCollision.Name, _ folders: [String: OrganizationUnit], _ text: String? = nil
  ) -> Diagnostic.Label {
    let inside = folder(name).flatMap { folders[$0]?.files.keys.min() }
    return Diagnostic.Label(SourceLocation(path: inside ?? name.entry, range: .fileStart), text)
  }

  /// Returns the organization whose folder, as a whole, has the name; nil if the name is that of something else.
  private static func folder(_ name: PathCollision.Name) -> String? {
    guard name.text == name.entry, RepositoryTree.organization(of: name.text) == nil else { return nil }
    return RepositoryTree.owner(ofFileOrFolder: name.text)
  }

  /// Returns the priority of a name; the lowest one gets no error.
  private static func rank(
    _ name: PathCollision.Name, _ folders: [String: OrganizationUnit], _ context: RepositoryContext
  ) -> Int {
    if let folder = folder(name) {
      let isValid = OrganizationUnit.nameFault(folder) == nil
      let isThere = context.base?.unit(named: folder) != nil
      return (isValid ? 0 : 4) + (isThere ? 0 : 2) + (folders[folder]?.isPending ?? true ? 1 : 0)
    }
    let org = RepositoryTree.organization(of: name.entry)
    let file = org.map { folders[$0]?.files[name.entry] } ?? context.platform.files[name.entry]
    let before =
      org.map { context.base?.unit(named: $0)?.files[name.entry] } ?? context.base?.platform.files[name.entry]
    let isThere = before?.source.path.utf8.elementsEqual(name.entry.utf8) ?? false
    return (isThere ? 0 : 4) + (file == nil ? 2 : 0) + (file?.isRequest ?? false ? 1 : 0)
  }
}
