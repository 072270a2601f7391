package import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics

/// One side of a change: the repository tree and its compilation.
///
/// Paths without an identity that declare nothing count as changed, so a working folder must be listed with identities.
package struct Revision: Sendable {
  /// The repository's files.
  package let tree: RepositoryTree
  /// The compiler's result for the tree.
  package let compilation: Compilation

  package init(tree: RepositoryTree, compilation: Compilation) {
    self.tree = tree
    self.compilation = compilation
  }
}

extension Revision {
  /// Returns the parsed file at a path; nil if the compiler reads none there.
  func file(_ path: String) -> ParsedFile? {
    guard let org = RepositoryTree.organization(of: path) else { return compilation.platform.files[path] }
    return compilation.unit(named: org)?.files[path]
  }

  /// Returns the start of a file; nil if there is none.
  func start(of path: String) -> SourceLocation? {
    file(path) == nil ? nil : SourceLocation(path: path, range: .fileStart)
  }

  /// Returns the effective document for an identity in the compilation; nil if there is none.
  func document(_ id: DocumentID) -> ParsedDocument? {
    let platform = compilation.platform
    guard let org = id.org else {
      switch id.kind {
      case .platform: return one(platform.platform, id.name, Declaration.platform)
      case .role: return find(id.name, in: platform.roles, Declaration.role)
      case .user: return find(id.name, in: platform.users, Declaration.user)
      case .organization, .key, .relay: return nil
      }
    }
    guard let unit = compilation.unit(named: org) else { return nil }
    switch id.kind {
    case .organization: return one(unit.organization, id.name, Declaration.organization)
    case .user: return find(id.name, in: unit.users, Declaration.user)
    case .key: return find(id.name, in: unit.keys, Declaration.key)
    case .relay: return find(id.name, in: unit.relays, Declaration.relay)
    case .platform, .role: return nil
    }
  }

  private func one<Spec: ResourceSpec>(
    _ declared: Declared<Spec>?, _ name: String, _ wrap: (Resource<Spec>) -> Declaration
  ) -> ParsedDocument? {
    guard let declared, declared.name == name else { return nil }
    return ParsedDocument(source: declared.source, declaration: wrap(declared.resource))
  }

  /// Finds a document by name.
  ///
  /// - Parameter sorted: sorted by name, as the compiler returns them.
  private func find<Spec: ResourceSpec>(
    _ name: String, in sorted: [Declared<Spec>], _ wrap: (Resource<Spec>) -> Declaration
  ) -> ParsedDocument? {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return one(low < sorted.count ? sorted[low] : nil, name, wrap)
  }
}
