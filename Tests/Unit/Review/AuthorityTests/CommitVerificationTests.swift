import ConfigModel
import Diagnostics
import GitStore
import SyncService
import TestSupport
import Testing

@Suite struct CommitVerificationTests {
  private static let relay = "orgs/acme/relays/north-1.yaml"

  /// Why a way from one commit to another is refused; the signer if it is not.
  private func outcome(_ history: SignedHistory, from old: String, to new: String) async throws -> String {
    let repository = try GitRepository(at: history.path)
    do {
      let signer = try await CommitVerification(repository).requireAuthority(
        from: old, to: repository.commit(new))
      return signer ?? "accepted"
    } catch let rejected as CommitVerification.Rejected {
      return "refused: \(rejected)"
    }
  }

  // MARK: - Signatures

  /// Nobody lifts the policy by the change that it is to judge, alone or among others.
  @Test(arguments: [nil, "stranger", "giulia"])
  func onlyASatisfyingCommitRelaxesThePolicy(_ signer: String?) async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let base = try history.commit(by: nil)
      try history.setPolicy([])
      try history.edit(Self.relay, "30101", "30102")
      let relaxed = try history.commit(by: signer)
      try history.edit(Self.relay, "30102", "30103")
      let later = try history.commit(by: nil)
      for commit in [relaxed, later] {
        let said = try await outcome(history, from: base, to: commit)
        #expect(said.hasPrefix("refused: \(relaxed.prefix(12)) "), "\(said)")
      }
    }
  }

  @Test func whoMayRelaxesThePolicyForTheNextCommit() async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let base = try history.commit(by: nil)
      try history.setPolicy([])
      let relaxed = try history.commit(by: "root")
      #expect(try await outcome(history, from: base, to: relaxed) == "root")
      try history.edit(Self.relay, "30101", "30102")
      #expect(try await outcome(history, from: base, to: history.commit(by: nil)) == "accepted")
    }
  }

  /// What one commit of a push asks for holds for the next one.
  @Test(arguments: [nil, "stranger", "giulia", "root"])
  func aPolicyBindsTheNextCommitOfThePush(_ signer: String?) async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder)
      let base = try history.commit(by: nil)
      try history.setPolicy(["requireSignedCommits: true"])
      let asking = try history.commit(by: nil)
      try history.edit(Self.relay, "30101", "30102")
      let next = try history.commit(by: signer)
      #expect(try await outcome(history, from: base, to: asking) == "accepted")
      let said = try await outcome(history, from: base, to: next)
      switch signer {
      case "root": #expect(said == "root")
      case "giulia": #expect(said == "acme/giulia")
      default: #expect(said.hasPrefix("refused: \(next.prefix(12)) "), "\(said)")
      }
    }
  }

  /// A mistake in the platform does not open the branch.
  @Test(arguments: [
    "{", "", "kind: Platform\n", "apiVersion: wpex.io/v1alpha1\nkind: Platform\nmetadata: { name: x }\n",
  ])
  func aPlatformThatCannotBeReadAsksForWhatTheLastOneDid(_ text: String) async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let base = try history.commit(by: nil)
      try history.write("platform.yaml", text)
      let broken = try history.commit(by: "root")
      #expect(try await outcome(history, from: base, to: broken) == "root")
      try history.edit(Self.relay, "30101", "30102")
      let next = try history.commit(by: nil)
      for old in [base, broken] {
        #expect(try await outcome(history, from: old, to: next).contains("is not signed"))
      }
    }
  }

  // MARK: - Merges

  @Test func onlySignedMergesAreAccepted() async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireMerge: true", "mergers: [root]")
      let first = try history.commit(by: nil)
      try history.shell("git tag first")
      let base = try history.commit(by: "root", parents: [first])
      try history.edit(Self.relay, "30101", "30102")
      let draft = try history.commit(by: "root")
      #expect(try await outcome(history, from: base, to: draft).contains("merges nothing, and policy.requireMerge"))
      let other = try history.commit(by: nil, parents: [base])
      let merges: [(String?, [String], String)] = [
        ("root", [base, draft], "root"), ("root", [base, other], "root"), ("root", [base, draft, other], "root"),
        (nil, [base, draft], "is not signed, and policy.requireMerge asks for signatures"),
        ("stranger", [base, draft], "no active user"), ("giulia", [base, draft], "is not one of policy.mergers"),
        ("root", [base, first], "merges nothing"), ("root", [draft, base], "merges nothing"),
      ]
      for (signer, parents, expected) in merges {
        let merge = try history.commit(by: signer, parents: parents)
        let said = try await outcome(history, from: base, to: merge)
        #expect(expected == "root" ? said == "root" : said.contains(expected), "\(signer ?? "") \(parents): \(said)")
      }
    }
  }

  // MARK: - Odd commits

  /// Objects that Git reads and no command of it makes, all of them signed by an admin.
  @Test func oddObjects() async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let first = try history.commit(by: nil)
      let base = try history.commit(by: "root")
      let tree = try history.shell("git rev-parse HEAD^{tree}")
      let people = "author A <a@example.net> 1780000000 +0000\ncommitter A <a@example.net> 1780000000 +0000\n"
      func object(_ headers: String) -> String { headers + "\n\nOdd\n" }
      let taken = [
        // An octopus, one parent twice, headers of other tools.
        "tree \(tree)\nparent \(base)\nparent \(first)\nparent \(first)\n\(people)encoding ISO-8859-1",
        "tree \(tree)\nparent \(base)\nparent \(base)\n\(people)HG:extra x",
        "tree \(tree)\nparent \(base)\n\(people)mergetag object \(first)\n type commit\n tag v1",
        // A parent where Git looks for none: it is one of nobody's.
        "tree \(tree)\nparent \(base)\n\(people)parent \(first)",
      ]
      for headers in taken {
        let commit = try history.store(object(headers), by: "root")
        #expect(try await outcome(history, from: base, to: commit) == "root", "\(headers)")
      }
      let refused = [
        // Not on the accepted commit, or on nothing that is there.
        "tree \(tree)\nparent \(first)\nparent \(base)\n\(people)x y",
        "tree \(tree)\n\(people)parent \(base)",
        "tree \(tree)\nparent \(String(repeating: "1", count: 40))\n\(people)x y",
        // No commit at all, to Git or to what it names.
        "tree \(String(repeating: "2", count: 40))\nparent \(base)\n\(people)x y",
        "tree \(first)\nparent \(base)\n\(people)x y", "parent \(base)\n\(people)x y",
        "tree \(tree)\nparent \(base)\ncommitter A <a@example.net> 1780000000 +0000\nx y",
        "tree \(tree)\nparent \(base.dropLast())\n\(people)x y",
      ]
      for headers in refused {
        let commit = try history.store(object(headers), by: "root")
        let said: String
        do { said = try await outcome(history, from: base, to: commit) } catch { said = "refused: \(error)" }
        #expect(said.hasPrefix("refused: "), "\(headers): \(said)")
      }
    }
  }

  /// A tree that Git would not write is refused, whoever signed it.
  @Test func malformedTreesAreRefusedWhoeverSigned() async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let base = try history.commit(by: nil)
      let tree = try history.shell(
        """
        blob=$(git hash-object -w orgs/acme/users/giulia.yaml)
        { git cat-file tree 'HEAD^{tree}'; printf '100644 users/zz.yaml\\0'; printf $blob | sed 's/../\\\\x&/g' | xargs -0 printf; } >../tree
        git hash-object -t tree -w --literally ../tree
        """)
      let commit = try history.shell(
        "git -c gpg.format=ssh -c user.signingKey=../root commit-tree \(tree) -p \(base) -S -m Odd")
      #expect(try await outcome(history, from: base, to: commit).contains("is malformed"))
      // Whether or not the policy asks for anything.
      let orgs = try history.shell(
        """
        { git cat-file tree 'HEAD:orgs'; printf '40000 zz/..\\0'; git cat-file tree HEAD:orgs | tail -c 20; } >../tree
        git hash-object -t tree -w --literally ../tree
        """)
      try history.setPolicy([])
      let open = try history.commit(by: "root", parents: [base])
      let later = try history.shell(
        """
        root=$({ printf '100644 blob %s\\tplatform.yaml\\n' $(git rev-parse HEAD:platform.yaml)
          printf '040000 tree %s\\torgs\\n' \(orgs); } | git mktree --missing)
        git commit-tree $root -p \(open) -m Odd
        """)
      #expect(try await outcome(history, from: open, to: later).contains("its folder `orgs` is malformed"))
    }
  }

  /// Nothing but the objects says what a commit's parents are.
  @Test func graftsAndReplacementsChangeNothing() async throws {
    try await ExternalCommand.withFolder { folder in
      let history = try SignedHistory(in: folder, policy: "requireSignedCommits: true")
      let base = try history.commit(by: nil)
      try history.edit("orgs/acme/users/giulia.yaml", "status: active", "status: disabled")
      let disabled = try history.commit(by: "root")
      try history.shell("git reset -q --hard \(base)")
      try history.edit(Self.relay, "30101", "30102")
      let late = try history.commit(by: "giulia")
      #expect(try await outcome(history, from: base, to: late) == "acme/giulia")
      try history.shell(
        """
        mkdir -p .git/info; echo \(late) \(disabled) >.git/info/grafts
        git replace -f \(late) $(git commit-tree \(late)^{tree} -p \(disabled) -m x) 2>/dev/null
        """)
      let repository = try GitRepository(at: history.path)
      #expect(try await repository.commit(late).parents == [base])
      #expect(try await outcome(history, from: disabled, to: late).hasPrefix("refused: "))
    }
  }
}
