import GitStore
import TestSupport
import Testing

@Suite struct GitStoreTests {
  /// A repository with two commits, as the git command makes it.
  private func make(in folder: String) throws -> String {
    let script = """
      set -e; mkdir '\(folder)/repo'; cd '\(folder)/repo'; git init -q -b main .
      git config user.name 'Anna Test'; git config user.email anna@example.net
      mkdir -p orgs/acme/keys; echo one > platform.yaml; echo key > orgs/acme/keys/a.yaml; ln -s x link
      printf 'ignored.yaml\\n' > .gitignore; git add -A
      GIT_COMMITTER_DATE='2026-01-02T03:04:05Z' GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' git commit -qm 'First commit'
      git tag v1; echo two > platform.yaml; git add -A; git commit -qm 'Second commit'
      echo x > ignored.yaml; git clone -q --bare . '\(folder)/bare.git'; git -C '\(folder)/bare.git' gc -q
      """
    let outcome = try ExternalCommand.run("/bin/sh", ["-c", script], folder: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder + "/repo"
  }

  @Test(arguments: ["repo", "bare.git"])
  func readsRevisions(_ place: String) async throws {
    try await ExternalCommand.withFolder { folder in
      _ = try make(in: folder)
      let repository = try GitRepository(at: "\(folder)/\(place)")
      let first = try await repository.commit("v1")
      #expect(first.summary == "First commit" && first.parents.isEmpty)
      #expect(first.committer.time == 1_767_323_045 && first.author.time == 1_767_225_600)
      #expect(first.author.name == "Anna Test" && first.author.email == "anna@example.net")
      #expect(try await repository.commit("HEAD~1") == first)
      #expect(try await repository.commit(String(first.id.prefix(8))) == first)
      #expect(try await repository.commit("HEAD").parents == [first.id])

      let tree = try await repository.tree(at: "v1")
      #expect(tree.entries.map(\.path) == [".gitignore", "link", "orgs/acme/keys/a.yaml", "platform.yaml"])
      #expect(tree.entries.map(\.kind) == [.file, .symbolicLink, .file, .file])
      #expect(tree.entries.map(\.size) == [13, 0, 4, 4])
      #expect(Set(tree.folders.keys) == ["orgs", "orgs/acme", "orgs/acme/keys"])
      let contents = try await repository.contents(of: tree.entries.filter { $0.kind == .file })
      #expect(contents["platform.yaml"] == Array("one\n".utf8))
      let second = try await repository.tree(at: "HEAD")
      #expect(second.folders["orgs"] == tree.folders["orgs"], "an unchanged folder keeps its identity")
    }
  }

  /// Two commits of one second, a clock that runs behind, and a merge.
  @Test func correctedTimeGrowsAlongHistory() async throws {
    try await ExternalCommand.withFolder { folder in
      let script = """
        set -e; git init -q -b main '\(folder)/repo'; cd '\(folder)/repo'; git config user.name 'Anna Test'; git config user.email anna@example.net
        commit() { GIT_COMMITTER_DATE="@$2 +0100" git commit -q --allow-empty -m "$1"; git tag "$1"; }
        commit first 1000; commit second 1000; commit behind 900; commit later 1001
        git checkout -q -b branch second; commit side 1005
        git checkout -q main; GIT_COMMITTER_DATE='@1002 +0000' git merge -q -m merge branch; git tag merge
        git clone -q --depth 1 "file://$PWD" ../shallow
        """
      let outcome = try ExternalCommand.run("/bin/sh", ["-c", script], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let repository = try GitRepository(at: "\(folder)/repo")
      for (tag, expected) in [
        ("first", 1_000_000), ("second", 1_000_001), ("behind", 1_000_002), ("later", 1_001_000), ("side", 1_005_000),
        ("merge", 1_005_001),
      ] as [(String, Int64)] {
        let time = try await repository.correctedTime(of: tag)
        #expect(time.milliseconds == expected && !time.lacksAncestors, "\(tag): \(time)")
      }
      let shallow = try await GitRepository(at: "\(folder)/shallow").correctedTime(of: "HEAD")
      #expect(shallow.milliseconds == 1_002_000 && shallow.lacksAncestors)
      await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.correctedTime(of: "nowhere") }
    }
  }

  @Test func failuresSayWhatToDo() async throws {
    try await ExternalCommand.withFolder { folder in
      let path = try make(in: folder)
      #expect(throws: GitStoreError(.notARepository, "")) { try GitRepository(at: "/nonexistent") }
      let repository = try GitRepository(at: path)
      await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.commit("nowhere") }
      await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.tree(at: "HEAD^{tree}") }
      // A blob that is gone.
      let tree = try await repository.tree(at: "HEAD")
      let removed = try ExternalCommand.run(
        "/bin/sh", ["-c", "cd '\(path)' && rm -f .git/objects/$(git rev-parse HEAD:platform.yaml | sed 's|..|&/|')"],
        folder: folder)
      try #require(removed.status == 0)
      let fresh = try GitRepository(at: path)
      await #expect(throws: GitStoreError(.corrupt, "")) { try await fresh.contents(of: tree.entries) }
    }
  }

  @Test func manyReadersAtOnce() async throws {
    try await ExternalCommand.withFolder { folder in
      let repository = try GitRepository(at: try make(in: folder))
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<50 { group.addTask { try await repository.tree(at: "HEAD").entries.count } }
        for try await count in group { #expect(count == 4) }
      }
    }
  }

  @Test func workingFolderLeavesOutWhatGitIgnores() async throws {
    try await ExternalCommand.withFolder { folder in
      let path = try make(in: folder)
      let tree = try WorkingFolder(at: path).tree()
      #expect(tree.entries.map(\.path) == [".gitignore", "link", "orgs/acme/keys/a.yaml", "platform.yaml"])
      let contents = try await WorkingFolder(at: path).contents(of: tree.entries.filter { $0.kind == .file })
      #expect(contents["platform.yaml"] == Array("two\n".utf8))
      // A folder inside a repository is ignored by the same rules.
      let inner = try WorkingFolder(at: path + "/orgs").tree()
      #expect(inner.entries.map(\.path) == ["acme/keys/a.yaml"])
      // One that is itself ignored stands for itself.
      try ExternalCommand.write(Array("out/\nignored.yaml\n".utf8), to: path + "/.gitignore")
      try ExternalCommand.write(Array("x".utf8), to: path + "/out/ignored.yaml")
      #expect(try WorkingFolder(at: path + "/out").tree().entries.map(\.path) == ["ignored.yaml"])
    }
  }

  @Test func workingFolderFollowsNothing() async throws {
    try await ExternalCommand.withFolder { folder in
      let script =
        "mkdir '\(folder)/f' && cd '\(folder)/f' && ln -s /etc/passwd a && ln -s . b && mkfifo c && echo x > d"
      try #require(try ExternalCommand.run("/bin/sh", ["-c", script], folder: folder).status == 0)
      let store = try WorkingFolder(at: folder + "/f")
      let tree = try store.tree()
      #expect(tree.entries.map(\.kind) == [.symbolicLink, .symbolicLink, .other, .file])
      // Even when asked for, a link's target is not read.
      let forced = [SourceEntry(path: "a", kind: .file, size: 10_000)]
      #expect(try await store.contents(of: forced).isEmpty)
    }
  }

  @Test func aFileThatGrowsIsNotTakenInPart() async throws {
    try await ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array("0123456789".utf8), to: folder + "/x")
      let listed = [SourceEntry(path: "x", kind: .file, size: 4)]
      await #expect(throws: GitStoreError(.unreadable, "")) {
        try await WorkingFolder(at: folder).contents(of: listed)
      }
    }
  }
}
