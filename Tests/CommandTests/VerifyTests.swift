import StructuredText
import TestSupport
import Testing

/// `wpex verify` over a history that Git and ssh-keygen made.
@Suite struct VerifyTests {
  @Test func signersAreThoseOfTheCommitBefore() throws {
    try OutsideCommand.withFolder { folder in
      let bash = try #require(OutsideCommand.path(of: "bash"))
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
      let made = try OutsideCommand.run(
        bash, ["-c", script], folder: folder,
        environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"])
      #expect(made.status == 0, "\(made.errors)")
      let outcome = try OutsideCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--output", "json"], folder: folder)
      #expect(outcome.status == 1)
      let commits = try #require(try JSON(parsing: Array(outcome.output.utf8)).elements)
      func text(_ member: String) -> [String] { commits.map { $0[member]?.text ?? "-" } }
      #expect(text("subject") == ["backdated", "leaving", "stranger", "unsigned", "good", "key", "first"])
      #expect(text("signer") == ["-", "anna-lindqvist", "-", "-", "anna-lindqvist", "-", "-"])
      let without = "is signed with a key that no active user of the commit before it has"
      #expect(text("reason")[0] == without && text("reason")[2] == without && text("reason")[3] == "is not signed")
      let one = try OutsideCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--rev", "HEAD~5..HEAD~4"], folder: folder)
      #expect(one.status == 0, "\(one.errors)")
      #expect(one.output.contains("anna-lindqvist") && one.output.contains("SHA256:"))
      let wrong = try OutsideCommand.run(
        Wpex.path, ["verify", "--repo", "\(folder)/repo", "--rev", "nowhere"], folder: folder)
      #expect(wrong.status == 3 && wrong.errors.contains("nowhere"))
    }
  }
}
