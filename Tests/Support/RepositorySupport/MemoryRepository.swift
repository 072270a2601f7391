package import ConfigCompiler
import ConfigModel
package import Diagnostics

/// A repository in memory, for tests.
package struct MemoryRepository {
  /// Entries of the tree, in any order.
  package var entries: [TreeEntry] = []
  /// Contents of files, by path.
  package var contents: [String: [UInt8]] = [:]

  package init() {}

  /// Makes a repository of texts by path.
  package init(_ files: [String: String]) {
    for (path, text) in files { set(path, Array(text.utf8)) }
  }

  /// The catalogue's base with an example on top.
  package init(_ example: Example) {
    for entry in Example.base.entries + example.entries { add(entry) }
  }

  /// Adds or replaces a file.
  package mutating func set(_ path: String, _ bytes: [UInt8]) {
    entries.removeAll { $0.path == path }
    // A hash replaces Git's object id: equal contents have equal identities.
    let identity = ContentIdentity(Array("\(bytes.hashValue)".utf8))
    entries.append(TreeEntry(path: path, kind: .file, size: bytes.count, identity: identity))
    contents[path] = bytes
  }

  /// Adds or replaces a file.
  package mutating func set(_ path: String, _ text: String) { set(path, Array(text.utf8)) }

  /// Removes an entry.
  package mutating func remove(_ path: String) {
    entries.removeAll { $0.path == path }
    contents[path] = nil
  }

  /// Adds an entry of an example, or removes it if it is marked as absent.
  package mutating func add(_ entry: Example.Entry) {
    switch entry.content {
    case .text(let text): set(entry.path, Array(text.utf8))
    case .bytes(let bytes): set(entry.path, bytes)
    case .repeated(let prefix, let text, let count):
      set(entry.path, Array(prefix.utf8) + Array(repeatElement(Array(text.utf8), count: count).joined()))
    case .symbolicLink: entries.append(TreeEntry(path: entry.path, kind: .symbolicLink, size: 0))
    case .submodule: entries.append(TreeEntry(path: entry.path, kind: .submodule, size: 0))
    case .absent: remove(entry.path)
    }
  }

  /// The tree, in which only files have identities.
  package var tree: RepositoryTree { RepositoryTree(entries: entries.sorted { $0.path < $1.path }) }

  /// The tree with an identity for each organization's folder, as from Git, so that the compiler can skip unchanged
  /// ones.
  package var identifiedTree: RepositoryTree {
    let sorted = entries.sorted { $0.path < $1.path }
    var hashers: [String: Hasher] = [:]
    for entry in sorted {
      guard let org = RepositoryTree.organization(of: entry.path) else { continue }
      entry.path.hash(into: &hashers["orgs/\(org)", default: Hasher()])
      entry.identity.hash(into: &hashers["orgs/\(org)", default: Hasher()])
    }
    return RepositoryTree(entries: sorted) { folder, _ in
      hashers[folder].map { ContentIdentity(Array("\($0.finalize())".utf8)) }
    }
  }

  /// Compiles the repository.
  package func compile(
    now: String = "2026-06-01T00:00:00Z", reusing earlier: Compilation? = nil, base: Compilation? = nil,
    old: Compilation? = nil
  ) async -> Compilation {
    await Compiler.compile(
      tree, contents: contents, now: Timestamp(now) ?? Timestamp(unixSeconds: 0), reusing: earlier, base: base,
      old: old)
  }
}

extension Compilation {
  /// The diagnostics as text for people, 120 columns wide.
  package var text: String {
    DiagnosticReport(diagnostics, files: SourceFiles(of: diagnostics, source)).text(.text, width: 120)
  }
}
