import TextFormats
import TestSupport
import Testing

/// Whoever was there first keeps what is theirs, by the history that Git keeps: also for a program that remembers nothing.
@Suite struct PrecedenceTests {
  /// Makes a repository of sample-repo by a script, which has `commit NAME` and `claim`, by which acme declares a public
  /// key of globex.
  private func withRepository(_ script: String, _ body: (String) throws -> Void) throws {
    try ExternalCommand.withFolder { folder in
      let bash = try #require(ExternalCommand.path(of: "bash"))
      let prologue = """
        set -e
        cd '\(folder)'
        cp -r '\(packageRoot)/sample-repo' repo
        cd repo
        git init -q -b main
        git config user.name A; git config user.email a@example.org
        commit() { git add -A; git commit -q --allow-empty -m "$1"; }
        document() { printf 'apiVersion: wpex.io/v1alpha1\\nkind: Key\\nmetadata:\\n  name: %s\\nspec:\\n  publicKey: %s\\n' $1 $2; }
        key=$(sed -n 's/^ *publicKey: //p' orgs/globex/keys/office-oslo.yaml)
        claim() { document aaa "$key" >orgs/acme/keys/aaa.yaml; }
        commit first

        """
      let made = try ExternalCommand.run(
        bash, ["-c", prologue + script], folder: folder,
        environment: ["HOME": folder, "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"])
      #expect(made.status == 0, "\(made.errors)")
      try body("\(folder)/repo")
    }
  }

  private func places(_ arguments: [String], _ repo: String) throws -> [String] {
    let outcome = try ExternalCommand.run(
      Wpex.path, ["validate", "--repo", repo, "--now", "2026-11-23", "--format", "json"] + arguments, folder: repo)
    #expect(outcome.status <= 1, "\(outcome.errors)")
    let diagnostics = try JSON(parsing: Array(outcome.output.utf8))["diagnostics"]?.elements ?? []
    return diagnostics.compactMap { diagnostic in
      diagnostic["path"]?.text ?? diagnostic["location"]?["path"]?.text ?? diagnostic["primary"]?["path"]?.text
    }
  }

  private static let newcomer = ["orgs/acme/keys/aaa.yaml"]

  @Test func historyDecides() throws {
    try withRepository("claim; commit claim; commit later; commit latest") { (repo: String) throws in
      #expect(try places(["--rev", "HEAD"], repo) == Self.newcomer)
      // The working folder stands on HEAD, where it is so already.
      #expect(try places([], repo) == Self.newcomer)
      #expect(try places(["--rev", "HEAD", "--base", "HEAD~3"], repo) == Self.newcomer)
      #expect(try places(["--base", "HEAD~3"], repo) == Self.newcomer)
    }
  }

  @Test func whatIsNotCommittedIsTheNewcomer() throws {
    try withRepository("claim") { (repo: String) throws in
      #expect(try places([], repo) == Self.newcomer)
    }
  }

  /// Two commits of one push: the first one's key is not the second one's, though the base knows neither.
  @Test func theFirstOfTwoNewcomersHasIt() throws {
    try withRepository(
      """
      key=e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=
      document zzz $key >orgs/globex/keys/zzz.yaml
      commit globex
      claim
      commit acme
      """
    ) { (repo: String) throws in
      #expect(try places(["--rev", "HEAD"], repo) == Self.newcomer)
      #expect(try places(["--rev", "HEAD", "--base", "HEAD~2"], repo) == Self.newcomer)
    }
  }

  @Test func nobodyComesFirstInOneCommit() throws {
    try withRepository(
      """
      key=e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=
      document zzz $key >orgs/globex/keys/zzz.yaml
      claim
      commit both
      commit later
      """
    ) { (repo: String) throws in
      #expect(try places(["--rev", "HEAD"], repo) == Self.newcomer + ["orgs/globex/keys/zzz.yaml"])
      #expect(try places(["--rev", "HEAD", "--base", "HEAD~2"], repo) == Self.newcomer + ["orgs/globex/keys/zzz.yaml"])
    }
  }

  @Test func claimingIsDenied() throws {
    try withRepository("claim; commit claim") { (repo: String) throws in
      let outcome = try ExternalCommand.run(
        Wpex.path, ["check", "--repo", repo, "--base", "HEAD~1", "--actor", "user:anna-lindqvist"], folder: repo)
      #expect(outcome.status == 1 && outcome.errors.contains("WPX1504"), "\(outcome.errors)")
    }
  }
}
