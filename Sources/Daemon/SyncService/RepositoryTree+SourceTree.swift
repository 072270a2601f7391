package import ConfigCompiler
package import GitStore

extension RepositoryTree {
  /// The compiler's form of a tree that was listed by a store.
  package init(_ source: SourceTree) {
    let entries = source.entries.map { entry in
      let kind: TreeEntry.Kind =
        switch entry.kind {
        case .file: .file
        case .symbolicLink: .symbolicLink
        case .submodule: .submodule
        case .other: .other
        case .malformed(let reason): .malformed(reason)
        }
      return TreeEntry(
        path: entry.path, kind: kind, size: entry.size, identity: entry.identity.map(ContentIdentity.init))
    }
    self.init(entries: entries) { source.identity(ofFolder: $0, holding: $1).map(ContentIdentity.init) }
  }
}
