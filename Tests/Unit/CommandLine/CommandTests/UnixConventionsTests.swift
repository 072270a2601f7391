import TestSupport
import Testing

/// What people expect of every program: files, pipes, devices, folders, options.
@Suite struct UnixConventionsTests {
  private static func wpex(
    _ arguments: String..., in folder: String, input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> ExternalCommand.Outcome {
    try ExternalCommand.run(
      Wpex.path, arguments, in: folder, input: input, environment: environment.merging(["NO_COLOR": "1"]) { $1 })
  }

  private static let sample = packageRoot + "/sample-repo"

  /// A day on which sample-repo is clean.
  private static let now = ["--now", "2026-11-23"]

  private func run(_ arguments: [String], in place: String) throws -> ExternalCommand.Outcome {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.run(
        Wpex.path, ["-C", place] + arguments, in: folder, environment: ["NO_COLOR": "1"])
    }
  }

  private func shell(_ line: String, in folder: String) throws -> ExternalCommand.Outcome {
    try ExternalCommand.run("/bin/bash", ["-c", line], in: folder, environment: ["W": Wpex.path, "NO_COLOR": "1"])
  }

  // MARK: - Options

  /// One name means one thing, and the older spelling still does.
  @Test(arguments: [
    ["validate", "--format", "json"], ["validate", "--json"], ["validate", "--output", "json"],
    ["validate", "--json", "--output", "-"], ["relay", "stop", "acme/milan-guests", "--dry-run", "--json"],
    ["relay", "stop", "acme/milan-guests", "--dry-run", "--output", "json"],
    ["relay", "stop", "acme/milan-guests", "--dry-run", "--format", "json"],
  ])
  func everySpellingGivesJSON(_ arguments: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let outcome = try ExternalCommand.run(Wpex.path, arguments, in: repo)
      #expect(outcome.status == 0 && outcome.output.hasPrefix("{"), "\(outcome.errors)")
      #expect(!ExternalCommand.exists(repo + "/json"))
    }
  }

  @Test(arguments: [["validate", "--json"], ["relay", "stop", "acme/milan-guests", "--dry-run", "--json"]])
  func resultGoesToTheFile(_ arguments: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let outcome = try ExternalCommand.run(Wpex.path, arguments + ["--output", folder + "/out"], in: repo)
      #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
      #expect(try ExternalCommand.read(folder + "/out").first == UInt8(ascii: "{"))
    }
  }

  @Test func contradictionsEndWithTwo() throws {
    for arguments in [["--json", "--format", "sarif"], ["--format", "sarif", "--output", "json"]] {
      let outcome = try self.run(["validate"] + arguments, in: Self.sample)
      #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.errors)")
    }
  }

  @Test(arguments: [
    (["valdate"], "did you mean `wpex validate`?"), (["relay", "stopp", "x"], "did you mean `wpex relay stop`?"),
    (["sync", "setings"], "did you mean `wpex sync settings`?"), (["frobnicate"], "`wpex --help` lists them"),
    (["-C", "/", "plann"], "did you mean `wpex plan`?"),
  ])
  func aSlipInACommandIsUnderstood(_ arguments: [String], _ words: String) throws {
    let outcome = try self.run(arguments, in: Self.sample)
    #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["-C", sample, "validate"], ["validate", "-C", sample], ["-C", packageRoot, "-C", "sample-repo", "validate"],
  ])
  func commandsWorkInAFolderThatIsNamed(_ arguments: [String]) throws {
    let outcome = try self.run(arguments + Self.now, in: "/")
    #expect(outcome.status == 0 && outcome.errors.contains("clean"), "\(outcome.errors)")
  }

  @Test func quietSaysNothingButErrors() throws {
    for arguments in [["--quiet", "validate"], ["validate", "-q"]] {
      let outcome = try self.run(arguments + Self.now, in: Self.sample)
      #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.isEmpty)
    }
    let failed = try self.run(["validate", "-q", "--repo", "/nonexistent"], in: Self.sample)
    #expect(failed.status == 3 && !failed.errors.isEmpty)
  }

  /// A script must not take a slip for a change.
  @Test func aWrongCommandLineIsNoChange() throws {
    let outcome = try self.run(["plan", "--exit-code", "--bas", "HEAD"], in: Self.sample)
    #expect(outcome.status == 64, "\(outcome.errors)")
  }

  // MARK: - Places

  @Test(arguments: ["orgs", "orgs/acme", "orgs/acme/relays"])
  func theRepositoryIsFoundUpwards(_ place: String) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let clean = try Self.wpex("validate", "--now", "2026-11-23", in: repo + "/" + place)
      #expect(clean.status == 0 && clean.errors.contains("5 organizations"), "\(clean.errors)")
      let stopped = try Self.wpex("relay", "stop", "acme/milan-guests", in: repo + "/" + place)
      #expect(stopped.status == 0 && stopped.errors.contains("written: `orgs/acme/relays/milan-guests.yaml`"))
      // Another repository's folder is not a part of it.
      try ExternalCommand.write([], to: repo + "/docs/other/.git/HEAD")
      #expect(try Self.wpex("validate", in: repo + "/docs/other").status == 1)
    }
  }

  @Test func ownOutputIsNoFault() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      for _ in 0..<2 {
        let rendered = try Self.wpex("render", "--out", "out", "--demonstration", in: repo)
        #expect(rendered.status == 0, "\(rendered.errors)")
      }
      #expect(try Self.wpex("validate", in: repo).status == 0)
      // Nothing that declares something can be hidden so.
      try ExternalCommand.write([], to: repo + "/orgs/acme/relays/.wpex-render")
      try ExternalCommand.write(Array("a: 1\n".utf8), to: repo + "/orgs/acme/relays/below/x.yaml")
      #expect(try Self.wpex("validate", in: repo).errors.contains("WPX1006"))
    }
  }

  @Test func argumentsThatAreNotUTF8AreRefused() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let outcome = try shell("$W key set acme/core alias=$'M\\xfcnchen'", in: repo)
      #expect(outcome.status == 2 && outcome.errors.contains("argument 4 is not UTF-8"), "\(outcome.errors)")
    }
  }

  // MARK: - Files

  @Test(arguments: [
    ("$W schema Key --quiet > /dev/full", Int32(3), "standard output cannot be written"),
    ("$W validate --json --output /dev/full", 3, "cannot be written"),
    ("$W validate --json --output /dev/null && test -c /dev/null", 0, ""),
    ("$W validate --json --output /dev/stdout | grep -q diagnostics", 0, ""),
    ("$W validate --json --output >(cat > piped) && sleep 0.2 && grep -q diagnostics piped", 0, ""),
    ("echo first > f; $W validate --json --output /dev/stdout >> f; grep -q first f && grep -q diagnostics f", 0, ""),
    (
      "touch ../f; ln -s f ../link; $W validate --json --output ../link && test -L ../link && grep -q diagnostics ../f",
      0, ""
    ),
    (
      "mkfifo ../p; cat ../p > ../got & $W validate --json --output ../p && wait && test -p ../p && grep -q diagnostics ../got",
      0, ""
    ),
    ("$W fmt orgs/acme", 0, ""), ("$W fmt $PWD/orgs/acme/relays/milan-1.yaml", 0, ""), ("$W fmt .", 0, ""),
    ("cd orgs/acme/relays && $W fmt milan-1.yaml", 0, ""), ("$W fmt README.md", 2, "not a YAML file"),
    ("$W fmt ../x.yaml", 3, "no such file"), ("echo a: 1 > ../x.yaml; $W fmt ../x.yaml", 2, "outside"),
    ("printf 'a:   1\\n' | $W fmt - | grep -qx 'a: 1'", 0, ""), ("printf 'a:   1\\n' | $W fmt --check -", 1, ""),
    ("printf 'a: [' | $W fmt -", 1, "WPX1113"),
    ("sed -i 's/^  port:/  port:  /' orgs/acme/relays/milan-1.yaml; $W fmt --diff | grep -q '^+  port: 30101'", 0, ""),
    ("sed -i 's/^  port:/  port:  /' orgs/acme/relays/milan-1.yaml; $W fmt --diff --check", 1, "would format"),
    ("$W bundle inspect --identity <(echo nothing) orgs/acme/organization.yaml", 1, "cannot be opened"),
    ("$W identity new --out -", 2, "never to standard output"),
    ("$W explain 1403 | grep -q WPX1403", 0, ""), ("$W explain port | grep -q WPX1403", 0, ""),
    ("HOME= XDG_STATE_HOME= $W status", 3, "/var/lib/wpex"),
  ])
  func filesArePipesAndDevicesToo(_ line: String, _ status: Int32, _ words: String) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let outcome = try shell(line, in: repo)
      #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.status) \(outcome.errors)")
    }
  }

  /// A connection string is never repeated, however it is misspelt.
  @Test(arguments: [
    "postgre://anna:S3cr3tPw@127.0.0.1/x", "postgresql:/anna:S3cr3tPw@db/x", "Postgres://anna:S3cr3tPw@127.0.0.1:1/x",
    "postgres://anna:S3cr3tPw@extra@127.0.0.1/x", "postgres://anna:#S3cr3tPw/@127.0.0.1/x",
    "host=127.0.0.1 port=1 password=S3cr3tPw x", "postgres://anna:S3cr3tPw@127.0.0.1:1/x?nonsense=1",
    "password='S3cr3tPw", "user=anna;password=S3cr3tPw",
  ])
  func connectionStringsAreNotShown(_ connection: String) throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try Self.wpex(
        "import", "--out", "imported", "--recipient", "age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd",
        "--passphrase-file", "-", in: folder, input: Array("x".utf8),
        environment: ["WPEX_CONSOLE_DATABASE": connection])
      #expect(outcome.status == 3 && !(outcome.errors + outcome.output).contains("S3cr3t"), "\(outcome.errors)")
    }
  }
}
