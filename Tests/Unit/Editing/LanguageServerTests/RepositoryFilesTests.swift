import ConfigCompiler
import LanguageServer
import Testing

@Suite struct RepositoryFilesTests {
  private func listing(_ contents: Compiler.Contents) -> RepositoryTree {
    RepositoryTree(
      entries: contents.keys.sorted().map { TreeEntry(path: $0, kind: .file, size: contents[$0]?.count ?? 0) })
  }

  /// Whatever happens to disk and buffers, the tree is the one that a fresh listing would give, and identities change
  /// exactly where bytes do.
  @Test func theTreeIsAlwaysThatOfAFreshListing() {
    var random = SystemRandomNumberGenerator()
    let paths = [
      "platform.yaml", ".wpexignore", "orgs/a/organization.yaml", "orgs/a/keys/k.yaml", "orgs/b/organization.yaml",
      "orgs/b/users/u.yaml", "users/x.yaml",
    ]
    for _ in 0..<60 {
      var files = RepositoryFiles()
      var disk: Compiler.Contents = [:]
      var buffers: Compiler.Contents = [:]
      var seen: Compiler.Contents = [:]
      for _ in 0..<60 {
        let path = paths.randomElement(using: &random) ?? ""
        let bytes: [UInt8]? = Bool.random(using: &random) ? [UInt8.random(in: 0...3, using: &random)] : nil
        let before = identities(files.tree)
        let old = disk.merging(buffers) { $1 }
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          disk[path] = bytes
          files.setDisk(path, bytes)
        case 1:
          buffers[path] = bytes
          files.setBuffer(path, bytes)
        default:
          disk[path] = bytes
          files.load(listing(disk), contents: disk)
        }
        let expected = disk.merging(buffers) { $1 }
        let entries = files.tree.root + files.tree.organizations.flatMap(\.entries)
        #expect(entries.map(\.path).sorted() == expected.keys.sorted())
        #expect(
          entries.allSatisfy { $0.size == expected[$0.path]?.count && files.bytes(of: $0.path) == expected[$0.path] })
        #expect(files.tree.organizations.map(\.name) == files.tree.organizations.map(\.name).sorted())
        let after = identities(files.tree)
        for (path, bytes) in expected { #expect((before[path] == after[path]) == (old[path] == bytes), "\(path)") }
        seen.merge(files.takeUnseen()) { $1 }
        for (path, bytes) in expected { #expect(seen[path] == bytes, "a compile has every content") }
      }
    }
  }

  private func identities(_ tree: RepositoryTree) -> [String: ContentIdentity] {
    let entries = tree.root + tree.organizations.flatMap(\.entries)
    return Dictionary(uniqueKeysWithValues: entries.compactMap { entry in entry.identity.map { (entry.path, $0) } })
  }
}
