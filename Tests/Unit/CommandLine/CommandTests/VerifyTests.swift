import TextFormats
import TestSupport
import Testing

/// `wpex verify` over a history that Git and ssh-keygen made.
@Suite struct VerifyTests {
  @Test func signersAreThoseOfTheCommitBefore() throws {
    try ExternalCommand.withFolder { folder in
      let bash = try #require(ExternalCommand.path(of: "bash"))
      let script = """
        set -e
        cd '\(folder)'
        for name in anna mallory; do ssh-keygen -q -t ed25519 -N '' -C $name -f $name; done
        cp -r '\(packageRoot)/sample-repo' repo
        cd repo
        git init -q -b main
        git config user.name A; git config user.email a@example.org; git config gpg.format ssh
        commit() { git add -A; git commit -q --allow-empty -m "$1" ${2:+-S"$PWD/../$2.pub"}; }
        user=users/anna-lindqvist.yaml
        commit first anna
        sed -i "s#- ssh-ed25519 .*#- $(cut -d' ' -f1,2 ../anna.pub)#" $user
        commit key
        commit good anna
        commit unsigned
        commit stranger mallory
        sed -i "s#status: active#status: disabled#" $user
        commit leaving anna
        GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' commit backdated anna
        """
      let made = try ExternalCommand.run(
        bash, ["-c", script], folder: folder,
        environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"])
      #expect(made.status == 0, "\(made.errors)")
      let outcome = try ExternalCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--output", "json"], folder: folder)
      #expect(outcome.status == 1)
      let commits = try #require(try JSON(parsing: Array(outcome.output.utf8)).elements)
      func text(_ member: String) -> [String] { commits.map { $0[member]?.text ?? "-" } }
      #expect(text("subject") == ["backdated", "leaving", "stranger", "unsigned", "good", "key", "first"])
      #expect(text("signer") == ["-", "anna-lindqvist", "-", "-", "anna-lindqvist", "-", "-"])
      let without = "is signed with a key that no active user of the commit before it has"
      #expect(text("reason")[0] == without && text("reason")[2] == without && text("reason")[3] == "is not signed")
      let one = try ExternalCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--rev", "HEAD~5..HEAD~4"], folder: folder)
      #expect(one.status == 0, "\(one.errors)")
      #expect(one.output.contains("anna-lindqvist") && one.output.contains("SHA256:"))
      let wrong = try ExternalCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--rev", "nowhere"], folder: folder)
      #expect(wrong.status == 3 && wrong.errors.contains("nowhere"))
    }
  }

  /// An engineer's commit that changes what is hers, and one that changes what is not.
  @Test func whatTheSignerMightNotDoIsShown() throws {
    try ExternalCommand.withFolder { folder in
      let bash = try #require(ExternalCommand.path(of: "bash"))
      let script = """
        set -e
        cd '\(folder)'
        ssh-keygen -q -t ed25519 -N '' -C giulia -f giulia
        cp -r '\(packageRoot)/sample-repo' repo
        cd repo
        git init -q -b main
        git config user.name A; git config user.email a@example.org; git config gpg.format ssh
        user=orgs/acme/users/giulia-rossi.yaml
        sed -i "s#- ssh-ed25519 .*#- $(cut -d' ' -f1,2 ../giulia.pub)#" $user
        git add -A; git commit -q -m key
        sed -i 's/bandwidthMbps: 1000/bandwidthMbps: 900/' orgs/acme/relays/milan-1.yaml
        git commit -q -a -m hers -S"$PWD/../giulia.pub"
        sed -i 's/status: active/status: disabled/' orgs/globex/organization.yaml
        sed -i 's/bandwidthMbps: 900/bandwidthMbps: 800/' orgs/acme/relays/milan-1.yaml
        git commit -q -a -m others -S"$PWD/../giulia.pub"
        """
      let made = try ExternalCommand.run(
        bash, ["-c", script], folder: folder,
        environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"])
      #expect(made.status == 0, "\(made.errors)")
      let arguments = ["verify", "--repo", "\(folder)/repo", "--rev", "HEAD~2..HEAD"]
      let outcome = try ExternalCommand.run(Wpex.path, arguments + ["--output", "json"], folder: folder)
      #expect(outcome.status == 1)
      let commits = try #require(try JSON(parsing: Array(outcome.output.utf8)).elements)
      #expect(commits.map { $0["signer"]?.text } == ["acme/giulia-rossi", "acme/giulia-rossi"])
      #expect(commits.map { $0["permitted"] } == [.bool(false), .bool(true)])
      let denials = commits.first?["denials"]?.elements ?? []
      #expect(denials.map { $0["path"]?.text } == ["orgs/globex/organization.yaml"])
      #expect(denials.first?["message"]?.text?.contains("`acme/giulia-rossi` cannot change") == true)
      let text = try ExternalCommand.run(Wpex.path, arguments, folder: folder)
      #expect(text.status == 1 && text.output.contains("1 of 2 denied") && text.output.contains("all of 1"))
    }
  }
}

/// `wpex codeowners`.
@Suite struct OwnersTests {
  @Test func fileIsWrittenAndComparedAndFoundStale() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let path = "\(repo)/.github/CODEOWNERS"
      func run(_ arguments: String...) throws -> ExternalCommand.Outcome {
        try ExternalCommand.run(Wpex.path, ["codeowners", "--repo", repo] + arguments, folder: folder)
      }
      let missing = try run("--check")
      #expect(missing.status == 1 && missing.errors.contains("wpex codeowners --output"))
      let text = try run()
      #expect(text.status == 0 && text.output.contains("/orgs/acme/relays/ @anna-lindqvist @dconti @giulia-rossi\n"))
      try ExternalCommand.write(Array(text.output.utf8), to: path)
      #expect(try run("--check").status == 0)
      try ExternalCommand.write(
        Array(
          String(decoding: try ExternalCommand.read("\(repo)/orgs/acme/users/giulia-rossi.yaml"), as: UTF8.self)
            .replacing("roles: [engineer]", with: "roles: [viewer]").utf8),
        to: "\(repo)/orgs/acme/users/giulia-rossi.yaml")
      let stale = try run("--check")
      #expect(stale.status == 1 && stale.errors.contains("is stale"))
      let nobody = try run("--forge", "gitlab")
      #expect(nobody.status == 1 && nobody.errors.contains("identities.gitlab"))
    }
  }
}
