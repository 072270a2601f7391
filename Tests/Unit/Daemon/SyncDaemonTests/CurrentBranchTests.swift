import TestSupport
import Testing

@testable import SyncDaemon

@Suite struct CurrentBranchTests {
  private func write(_ text: String, to path: String) throws { try ExternalCommand.write(Array(text.utf8), to: path) }

  @Test func aBranchIsReadFromHead() throws {
    try ExternalCommand.withFolder { folder in
      try write("ref: refs/heads/feature/a\n", to: "\(folder)/.git/HEAD")
      #expect(try CurrentBranch.name(of: folder) == "feature/a")
      #expect(CurrentBranch.other(than: "feature/a", in: folder) == nil)
      #expect(CurrentBranch.other(than: "main", in: folder) == "feature/a")
    }
  }

  @Test func aWorktreePointsToItsHead() throws {
    try ExternalCommand.withFolder { folder in
      try write("ref: refs/heads/main\n", to: "\(folder)/store/HEAD")
      try write("gitdir: ../store\n", to: "\(folder)/relative/.git")
      try write("gitdir: \(folder)/store\n", to: "\(folder)/absolute/.git")
      #expect(try CurrentBranch.name(of: "\(folder)/relative") == "main")
      #expect(try CurrentBranch.name(of: "\(folder)/absolute") == "main")
    }
  }

  /// During a rebase the branch is unknown, which must not stop a daemon that follows it.
  @Test func aDetachedHeadIsOnNoBranch() throws {
    try ExternalCommand.withFolder { folder in
      try write(String(repeating: "0", count: 40) + "\n", to: "\(folder)/.git/HEAD")
      let refusal = #expect(throws: SyncDaemonError.self) { try CurrentBranch.name(of: folder) }
      #expect(
        refusal?.description == "`\(folder)` has a detached HEAD: `git switch` to the branch to follow")
      #expect(refusal?.kind == .refused)
      #expect(CurrentBranch.other(than: "main", in: folder) == nil)
    }
  }

  @Test func aForeignFileIsRefused() throws {
    try ExternalCommand.withFolder { folder in
      try write("not Git's\n", to: "\(folder)/.git")
      let refusal = #expect(throws: SyncDaemonError.self) { try CurrentBranch.name(of: folder) }
      #expect(refusal?.description == "`\(folder)/.git` is not a file of Git's")
    }
  }
}
