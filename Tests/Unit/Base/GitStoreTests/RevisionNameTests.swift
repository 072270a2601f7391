import GitStore
import TestSupport
import Testing

/// Whoever may push a branch or tag chooses its name; that never chooses which commit is read.
@Suite struct RevisionNameTests {
  private func withRepository(_ body: (_ path: String, _ first: String, _ second: String) async throws -> Void)
    async throws
  {
    try await ExternalCommand.withFolder { folder in
      let path = folder + "/repo"
      let script = """
        set -e; git init -q -b main '\(path)'; cd '\(path)'; git config user.name A; git config user.email a@example.net
        git commit -q --allow-empty -m one; git commit -q --allow-empty -m two; git rev-parse HEAD~1 HEAD
        """
      let outcome = try ExternalCommand.run("/bin/sh", ["-c", script], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let ids = outcome.output.split(separator: "\n").map(String.init)
      try await body(path, ids[0], ids[1])
    }
  }

  private func git(_ path: String, _ arguments: String...) throws {
    let outcome = try ExternalCommand.run("/usr/bin/git", ["-C", path] + arguments, folder: path)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: ["main", "refs/main", "refs/heads/main", "refs/remotes/main"])
  func aNameOfTwoCommitsIsRefused(_ name: String) async throws {
    try await withRepository { path, first, second in
      try git(path, "update-ref", "refs/tags/\(name)", first)
      let repository = try GitRepository(at: path)
      if name == "main" || name == "refs/heads/main" {
        await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.commit(name) }
        await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.commit("\(name)~0") }
        await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.history("\(first)..\(name)") }
      }
      // The same commit under two names is not a question.
      try git(path, "update-ref", "refs/tags/\(name)", second)
      #expect(try await repository.commit(name).id == second)
    }
  }

  @Test func idsNeverNameBranches() async throws {
    try await withRepository { path, first, second in
      let missing = String(repeating: "1", count: 40)
      for name in [first, missing, String(first.prefix(9))] {
        try git(path, "update-ref", "refs/heads/\(name)", second)
      }
      let repository = try GitRepository(at: path)
      #expect(try await repository.commit(first).id == first)
      await #expect(throws: GitStoreError(.unknownRevision, "")) { try await repository.commit(missing) }
      await #expect(throws: GitStoreError(.unknownRevision, "")) {
        try await repository.commit(String(first.prefix(9)))
      }
      #expect(try await repository.commit(String(second.prefix(9))).id == second)
    }
  }

  @Test func headIsNobodyElses() async throws {
    try await withRepository { path, first, second in
      for name in ["refs/heads/HEAD", "refs/tags/HEAD", "refs/remotes/HEAD"] {
        try git(path, "update-ref", name, first)
      }
      let repository = try GitRepository(at: path)
      #expect(try await repository.commit("HEAD").id == second)
      #expect(try await repository.commit("HEAD~1").id == first)
      #expect(try await repository.commit("main").id == second)
    }
  }
}
