@testable import GitStore
import TestSupport
import Testing

@Suite struct MalformedTreeTests {
  private typealias Entry = RawObjects.Entry

  private static func withObjects(_ body: (RawObjects, _ blob: [UInt8]) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let objects = try RawObjects(at: folder + "/raw.git")
      try await body(objects, try objects.write(.blob, Array("x\n".utf8)))
    }
  }

  private func refusal(_ objects: RawObjects, _ root: [UInt8]) async throws -> String? {
    let commit = try objects.commit(root)
    do {
      _ = try await GitRepository(at: objects.path).tree(at: commit)
      return nil
    } catch let error as GitStoreError {
      #expect(error.code == .malformed && error.reason.contains(commit.prefix(12)))
      return error.reason
    }
  }

  /// The takeover of another organization by one name with slashes.
  @Test func aNameWithSlashesIsRefused() async throws {
    try await Self.withObjects { objects, blob in
      let reason = try await refusal(objects, objects.tree([Entry("100644", "orgs/globex/users/zz.yaml", blob)]))
      #expect(
        reason?.contains("its root is malformed: its entry `orgs/globex/users/zz.yaml` contains a slash")
          == true)
      let orgs = try objects.tree([Entry("100644", "globex/users/zz.yaml", blob)])
      let below = try await refusal(objects, objects.tree([Entry("40000", "orgs", orgs)]))
      #expect(below?.contains("its folder `orgs` is malformed") == true)
    }
  }

  /// What a tenant breaks in a folder of their own is one entry there, and hides nothing.
  @Test(arguments: [false, true])
  func aFaultFurtherDownStaysThere(_ isReused: Bool) async throws {
    try await Self.withObjects { objects, blob in
      let sound = try objects.tree([Entry("100644", "organization.yaml", blob)])
      let keys = try objects.tree([
        Entry("100644", "../../globex/users/zz.yaml", blob), Entry("100644", "a.yaml", blob),
      ])
      let acme = try objects.tree([Entry("40000", "keys", keys), Entry("100644", "organization.yaml", blob)])
      let twice = try objects.write(
        .tree, RawObjects.bytes([Entry("100644", "a", blob), Entry("100644", "a", blob)]))
      let orgs = try objects.tree([
        Entry("40000", "acme", acme), Entry("40000", "globex", sound), Entry("40000", "hooli", twice),
      ])
      let root = try objects.tree([Entry("40000", "orgs", orgs), Entry("100644", "platform.yaml", blob)])
      let repository = try GitRepository(at: objects.path)
      let commit = try objects.commit(root)
      let earlier = isReused ? try await repository.tree(at: commit) : nil
      let tree = try await repository.tree(at: commit, reusing: earlier)
      #expect(
        tree.entries.map(\.path) == [
          "orgs/acme/keys/.", "orgs/acme/organization.yaml", "orgs/globex/organization.yaml", "orgs/hooli/.",
          "platform.yaml",
        ])
      #expect(tree.entries.filter { if case .malformed = $0.kind { true } else { false } }.count == 2)
      #expect(Set(tree.folders.keys) == ["orgs", "orgs/acme", "orgs/globex"])
      #expect(tree.identity(ofFolder: "orgs/acme", holding: 2) == acme)
      #expect(tree.identity(ofFolder: "orgs/acme", holding: 3) == nil)
    }
  }

  /// Two folders whose names are one text have no identity that could stand for both.
  @Test func foldersUnderOneTextHaveNoIdentity() async throws {
    try await Self.withObjects { objects, blob in
      let one = try objects.tree([Entry("100644", "a.yaml", blob)])
      let other = try objects.tree([Entry("100644", "b.yaml", blob)])
      for pair in [(Array("\u{E9}".utf8), Array("e\u{301}".utf8)), ([0xFE], [0xFF])] {
        let orgs = try objects.tree([Entry("40000", pair.0, one), Entry("40000", pair.1, other)])
        let repository = try GitRepository(at: objects.path)
        let first = try await repository.tree(at: objects.commit(objects.tree([Entry("40000", "orgs", orgs)])))
        #expect(Set(first.folders.keys) == ["orgs"] && first.entries.count == 2)
        let swapped = try objects.tree([Entry("40000", pair.0, other), Entry("40000", pair.1, other)])
        let second = try await repository.tree(
          at: objects.commit(objects.tree([Entry("40000", "orgs", swapped)])), reusing: first)
        #expect(
          second.entries.map { $0.path.utf8.suffix(6).map { $0 } } == [Array("b.yaml".utf8), Array("b.yaml".utf8)])
      }
    }
  }

  /// Few objects that stand for more files than any memory holds.
  @Test func bombsAreBounded() async throws {
    try await Self.withObjects { objects, blob in
      var bomb = try objects.tree((0..<64).map { Entry("100644", "file-\($0)", blob) })
      for _ in 0..<12 {
        let inner = bomb
        bomb = try objects.tree((0..<64).map { Entry("40000", "folder-\($0)", inner) })
      }
      let sound = try objects.tree([Entry("100644", "organization.yaml", blob)])
      let orgs = try objects.tree([Entry("40000", "acme", bomb), Entry("40000", "globex", sound)])
      let repository = try GitRepository(at: objects.path)
      let tree = try await repository.tree(at: objects.commit(objects.tree([Entry("40000", "orgs", orgs)])))
      #expect(tree.entries.map(\.path) == ["orgs/acme/.", "orgs/globex/organization.yaml"])
      #expect(
        tree.entries[0].kind == .malformed("more than \(TreeLimits().confinedEntries) files and folders are in it"))
    }
  }

  @Test func depthAndPathsAreBounded() async throws {
    try await Self.withObjects { objects, blob in
      func nested(_ depth: Int, _ name: String) throws -> [UInt8] {
        var tree = try objects.tree([Entry("100644", "file", blob)])
        for _ in 0..<depth { tree = try objects.tree([Entry("40000", name, tree)]) }
        return tree
      }
      let repository = try GitRepository(at: objects.path)
      let whole = try await repository.tree(at: objects.commit(nested(64, "d")))
      #expect(whole.entries.map(\.kind) == [.file])
      let deep = try await repository.tree(at: objects.commit(nested(5_000, "d")))
      #expect(deep.entries.map(\.kind) == [.malformed("it is nested below 64 others")])
      let long = String(repeating: "x", count: 2_000)
      let paths = try await repository.tree(at: objects.commit(nested(3, long)))
      #expect(paths.entries.count == 1 && paths.entries[0].path.utf8.count < 4_096)
      #expect(paths.entries[0].kind != .file)
    }
  }

  /// An entry whose object is of another kind than its mode says.
  @Test func kindsOfObjectsAgreeWithModes() async throws {
    try await Self.withObjects { objects, blob in
      let folder = try objects.tree([Entry("100644", "a", blob)])
      let fileAsFolder = try await refusal(objects, objects.tree([Entry("40000", "docs", blob)]))
      #expect(fileAsFolder?.contains("its folder `docs` is malformed: it is a different kind of object") == true)
      let folderAsFile = try await refusal(objects, objects.tree([Entry("100644", "platform.yaml", folder)]))
      #expect(folderAsFile?.contains("`platform.yaml` is a different kind of object than its mode says") == true)
    }
  }
}
