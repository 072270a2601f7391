import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import GitStore
import SyncService
import TestSupport
import Testing

/// What is judged is what is compiled: over thousands of pairs of trees, the documents of a change set are those that
/// differ between two compilations that know nothing of each other.
@Suite struct DifferentialTests {
  @Test(arguments: [1, 2, 3, 4])
  func documentsThatDifferAreThoseOfTheChangeSet(_ seed: UInt64) async throws {
    try await ExternalCommand.withFolder { folder in
      let objects = try RawObjects(at: folder + "/raw.git")
      let repository = try GitRepository(at: objects.path)
      var random = SeededGenerator(seed)
      var (compared, refused, changed, malformed) = (0, 0, 0, 0)
      var tree = RandomTree()
      for round in 0..<600 {
        if round % 20 == 0 { tree = RandomTree() }
        var next = tree
        for _ in 0..<Int.random(in: 1...4, using: &random) { next.change(using: &random) }
        let commits = [try objects.commit(tree.write(to: objects)), try objects.commit(next.write(to: objects))]
        do {
          let (base, head) = (try await Scratch(repository, commits[0]), try await Scratch(repository, commits[1]))
          let compiler = IncrementalCompiler(repository)
          let before = try await compiler.revision(try await repository.commit(commits[0]), now: 1_780_000_000)
          let after = try await compiler.revision(try await repository.commit(commits[1]), now: 1_780_000_000)
          let changes = ChangeSet(from: before, to: after)
          compare(base, head, changes, "seed \(seed), round \(round)")
          // One compilation after another finds what a fresh one does.
          #expect(after.compilation.diagnostics.map(\.message) == head.compilation.diagnostics.map(\.message))
          compared += 1
          if !changes.isEmpty { changed += 1 }
          if head.tree.entries.contains(where: { if case .malformed = $0.kind { true } else { false } }) {
            malformed += 1
          }
          tree = next
        } catch let error as GitStoreError {
          // The walk refuses the root or a folder of it; nobody goes on from there.
          #expect(error.code == .malformed, "\(error)")
          refused += 1
        }
      }
      #expect(
        compared > 350 && changed > 250 && refused > 15 && malformed > 15,
        "\(compared), \(changed), \(refused), \(malformed)")
    }
  }

  /// The change set between two trees of a repository.
  private func changes(from base: RandomTree, to head: RandomTree) async throws -> ChangeSet {
    try await ExternalCommand.withFolder { folder in
      let objects = try RawObjects(at: folder + "/raw.git")
      let repository = try GitRepository(at: objects.path)
      let compiler = IncrementalCompiler(repository)
      var revisions: [Revision] = []
      for tree in [base, head] {
        let commit = try await repository.commit(try objects.commit(tree.write(to: objects)))
        revisions.append(try await compiler.revision(commit, now: 1_780_000_000))
      }
      return ChangeSet(from: revisions[0], to: revisions[1])
    }
  }

  /// The organization's folder is the same object on both sides, and is read otherwise.
  @Test func documentsThatAreHiddenNoMoreAreChanges() async throws {
    var base = RandomTree()
    base.put("orgs/acme/users/*\n", at: ".wpexignore")
    let changes = try await changes(from: base, to: RandomTree())
    #expect(changes.documents.map(\.id.description) == ["User acme/giulia"])
  }

  @Test func twoNormalFormsOfOneNameAreNoFile() async throws {
    var head = RandomTree()
    head.put("kind: User\n", at: "orgs/acme/users/\u{E9}.yaml")
    head.put("kind: User\n", at: "orgs/acme/users/e\u{301}.yaml")
    let changes = try await changes(from: RandomTree(), to: head)
    #expect(changes.documents.isEmpty)
    #expect(changes.otherPaths.map(\.reason) == [.notAFile])
  }

  /// A link's target and a file's content can be the same object.
  @Test func linkInPlaceOfAFileIsAChange() async throws {
    let path = "orgs/acme/users/zoe.yaml"
    var (base, head) = (RandomTree(), RandomTree())
    base.put(RandomTree.linkTarget, at: path)
    head.putLink(at: path)
    let changes = try await changes(from: base, to: head)
    // What the file held, and what is there now.
    #expect(Set(changes.otherPaths.map(\.reason)) == [.undecodable, .notAFile])
  }

  private func compare(_ base: Scratch, _ head: Scratch, _ changes: ChangeSet, _ place: String) {
    let judged = Set(changes.documents.map(\.id))
    let (before, after) = (base.documents, head.documents)
    for id in Set(before.keys).union(after.keys) {
      let (old, new) = (before[id] ?? [], after[id] ?? [])
      let differs = !Self.areSame(old, new, id)
      #expect(
        !differs || judged.contains(id),
        "\(place): \(id) differs, and is not judged: \(base.places(id)) \(head.places(id)) \(changes.otherPaths.map(\.path))"
      )
      // Where several documents declare one thing, one that gives way to its like may be judged too.
      if old.count <= 1, new.count <= 1 {
        #expect(differs || !judged.contains(id), "\(place): \(id) is judged, and does not differ")
      }
    }
    #expect(judged.subtracting(before.keys).subtracting(after.keys).isEmpty)
    // Nor does a path change without being judged, whatever it holds.
    var told = Set(changes.otherPaths.map(\.path))
    for change in changes.documents { told.formUnion([change.base, change.head].compactMap { $0?.source.path }) }
    let (files, others) = (base.contents, head.contents)
    for path in Set(files.keys).union(others.keys) where files[path] != others[path] {
      #expect(told.contains(path), "\(place): \(path) differs, and is not judged")
    }
  }

  private static func areSame(_ old: [Declaration], _ new: [Declaration], _ id: DocumentID) -> Bool {
    // One declaration twice says what it says once; that it is an error is another matter.
    guard old.isEmpty == new.isEmpty else { return false }
    return old.allSatisfy { one in new.contains { isSame(one, $0, id.org) } }
      && new.allSatisfy { one in old.contains { isSame(one, $0, id.org) } }
  }

  private static func isSame(_ left: Declaration, _ right: Declaration, _ org: String?) -> Bool {
    func same<Spec>(_ left: Resource<Spec>, _ right: Resource<Spec>) -> Bool {
      var (left, right) = (left, right)
      if left.metadata.org == org { left.metadata.org = nil }
      if right.metadata.org == org { right.metadata.org = nil }
      return left == right
    }
    switch (left, right) {
    case (.platform(let left), .platform(let right)): return same(left, right)
    case (.role(let left), .role(let right)): return same(left, right)
    case (.organization(let left), .organization(let right)): return same(left, right)
    case (.user(let left), .user(let right)): return same(left, right)
    case (.key(let left), .key(let right)): return same(left, right)
    case (.relay(let left), .relay(let right)): return same(left, right)
    default: return false
    }
  }
}

/// One side, compiled without any identity that could let something be passed over.
private struct Scratch {
  let tree: SourceTree
  let compilation: Compilation

  init(_ repository: GitRepository, _ commit: String) async throws {
    tree = try await repository.tree(at: commit)
    let bare = RepositoryTree(SourceTree(entries: tree.entries))
    let entries = bare.root + bare.organizations.flatMap(\.entries)
    let blind = RepositoryTree(
      entries: entries.map { TreeEntry(path: $0.path, kind: $0.kind, size: $0.size) })
    let contents = try await repository.contents(of: tree.entries.filter { $0.kind == .file })
    compilation = await Compiler.compile(blind, contents: contents, now: Timestamp(unixSeconds: 1_780_000_000))
  }

  var documents: [DocumentID: [Declaration]] {
    var documents: [DocumentID: [Declaration]] = [:]
    for file in compilation.files(of: nil) {
      for document in file.documents {
        let id = DocumentID(
          kind: document.declaration.kind, org: RepositoryTree.organization(of: file.source.path),
          name: document.declaration.metadata.name)
        documents[id, default: []].append(document.declaration)
      }
    }
    return documents
  }

  /// Where something is declared, for messages.
  func places(_ id: DocumentID) -> [String] {
    compilation.files(of: nil).flatMap { file in
      file.documents.filter {
        $0.declaration.metadata.name == id.name && $0.declaration.kind == id.kind
          && RepositoryTree.organization(of: file.source.path) == id.org
      }.map { "\(file.source.path)#\($0.source.index)" }
    }
  }

  /// What stands at each path, by kind and content.
  var contents: [String: [String]] {
    Dictionary(grouping: tree.entries, by: \.path).mapValues { entries in
      entries.map { "\(Array($0.path.utf8)) \($0.kind) \($0.identity ?? [])" }.sorted()
    }
  }
}
