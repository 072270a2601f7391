import TextFormats
import TestSupport
import Testing

@Suite struct CommandTests {
  @Test func validateSaysCleanAndEndsWithZero() throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try Wpex.run(
        "validate", "--repo", packageRoot + "/sample-repo", "--now", "2026-11-23", "--strict", folder: folder)
      #expect(outcome.status == 0)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors == "clean: 5 organizations, 12 relays, 60 keys, 14 users\n")
    }
  }

  @Test func errorsEndWithOneAndGoToStandardError() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      try ExternalCommand.write(Array("kind: Relay\n".utf8), to: repo + "/orgs/acme/relays/broken.yaml")
      let text = try Wpex.run("validate", "--repo", repo, folder: folder)
      #expect(text.status == 1 && text.output.isEmpty)
      #expect(text.errors.contains("error[WPX1202]") && text.errors.contains("orgs/acme/relays/broken.yaml:1:1"))
      let json = try Wpex.run("validate", "--repo", repo, "--format", "json", folder: folder)
      #expect(json.status == 1 && json.errors.isEmpty)
      #expect(try JSON(parsing: json.output.utf8)["summary"]?["errors"]?.int == 3)
    }
  }

  @Test func strictFailsOnWarnings() throws {
    try ExternalCommand.withFolder { folder in
      let repo = packageRoot + "/sample-repo"
      // A week before auditors-2026 expires.
      let arguments = ["validate", "--repo", repo, "--now", "2027-01-01"]
      let lenient = try ExternalCommand.run(Wpex.path, arguments, folder: folder)
      let strict = try ExternalCommand.run(Wpex.path, arguments + ["--strict"], folder: folder)
      #expect(lenient.status == 0 && strict.status == 1)
    }
  }

  @Test(arguments: [
    ["validate", "--format", "yaml"], ["nonsense"], ["validate", "--now", "yesterday"], ["explain", "WPX9999"],
    ["validate", "--fix", "--rev", "HEAD"], ["render"], ["schema", "Relais"],
    ["relay", "access", "show", "a/b/c", "--repo", packageRoot + "/sample-repo"],
  ])
  func wrongCommandLinesEndWithTwo(_ arguments: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try ExternalCommand.run(Wpex.path, arguments, folder: folder)
      #expect(outcome.status == 2, "\(outcome.errors)")
      #expect(!outcome.errors.isEmpty)
    }
  }

  @Test(arguments: [
    ["validate", "--repo", "/nonexistent"], ["validate", "--repo", "/tmp", "--rev", "HEAD"],
    ["bundle", "inspect", "--identity", "/nonexistent", "/nonexistent"],
  ])
  func whatCannotBeReadEndsWithThree(_ arguments: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try ExternalCommand.run(Wpex.path, arguments, folder: folder)
      #expect(outcome.status == 3, "\(outcome.errors)")
    }
  }

  @Test(arguments: [
    "validate", "render", "explain", "schema", "fmt", "graph", "seal", "completions", "identity new", "bundle inspect",
    "plan", "up", "doctor", "sync run", "sync approve", "sync end-relays", "identity rotate", "status", "audit verify",
    "verify",
  ])
  func helpHasExamples(_ command: String) throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try ExternalCommand.run(
        Wpex.path, command.split(separator: " ").map(String.init) + ["--help"], folder: folder)
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("EXAMPLES") && outcome.output.contains("wpex \(command)"))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsNameTheCommands(_ shell: String) throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try Wpex.run("completions", shell, folder: folder)
      #expect(outcome.status == 0 && outcome.output.contains("validate"))
    }
  }

  @Test func fixMendsASlipAndNothingElse() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let path = repo + "/orgs/acme/relays/turin-1.yaml"
      let before = try ExternalCommand.read(path)
      let broken = String(decoding: before, as: UTF8.self).replacing("state: stopped", with: "sttae: stopped")
      try ExternalCommand.write(Array(broken.utf8), to: path)
      let outcome = try Wpex.run("validate", "--repo", repo, "--fix", "--now", "2026-11-23", folder: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try ExternalCommand.read(path) == before)
    }
  }

  @Test func sealBindsToItsPlace() throws {
    try ExternalCommand.withFolder { folder in
      let repo = packageRoot + "/sample-repo"
      let key = Array("e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=\n".utf8)
      let refused = try Wpex.run("seal", "--repo", repo, "--org", "acme", "--name", "x", folder: folder, input: key)
      #expect(refused.status == 1 && refused.errors.contains("demonstration"))
      let sealed = try Wpex.run(
        "seal", "--repo", repo, "--org", "acme", "--name", "x", "--demonstration", folder: folder, input: key)
      #expect(sealed.status == 0 && sealed.output.hasPrefix("-----BEGIN AGE ENCRYPTED FILE-----"))
    }
  }

  @Test func identityIsSecretAndNeverOverwritten() throws {
    try ExternalCommand.withFolder { folder in
      let path = folder + "/acme.identity"
      let made = try Wpex.run("identity", "new", "--out", path, folder: folder)
      #expect(made.status == 0 && made.output.hasPrefix("age1"))
      #expect(!made.output.contains("AGE-SECRET-KEY") && !made.errors.contains("AGE-SECRET-KEY"))
      let before = try ExternalCommand.read(path)
      #expect(try Wpex.run("identity", "new", "--out", path, folder: folder).status == 1)
      #expect(try ExternalCommand.read(path) == before)
      let keygen = try #require(ExternalCommand.path(of: "age-keygen"), "run `scripts/setup`")
      #expect(try ExternalCommand.run(keygen, ["-y", path], folder: folder).output == made.output)
    }
  }

  /// What render writes, age opens.
  @Test func ageOpensARenderedBundle() throws {
    try ExternalCommand.withFolder { folder in
      let age = try #require(ExternalCommand.path(of: "age"), "run `scripts/setup`")
      let repo = try Wpex.sample(in: folder)
      let recipient = try Wpex.run("identity", "new", "--out", folder + "/id", folder: folder).output
        .trimmingLineBreak
      for path in ["platform.yaml", "orgs/initech/organization.yaml"] {
        let text = String(decoding: try ExternalCommand.read("\(repo)/\(path)"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
          guard let start = line.firstRange(of: "recipient: ") else { return String(line) }
          return line[..<start.upperBound] + recipient
        }
        try ExternalCommand.write(Array(lines.joined(separator: "\n").utf8), to: "\(repo)/\(path)")
      }
      let out = folder + "/out"
      let rendered = try Wpex.run("render", "--repo", repo, "--out", out, "--demonstration", folder: folder)
      try #require(rendered.status == 0, "\(rendered.errors)")
      let file = String(
        decoding: try ExternalCommand.read("\(out)/eu-north/nordsud-initech/relay-lab-1.yaml"), as: UTF8.self)
      let encoded = try #require(file.split(separator: "\n").first { $0.hasPrefix("  bundle.age: ") }).dropFirst(14)
      let decoded = try ExternalCommand.run(
        "/usr/bin/base64", ["-d"], folder: folder, input: Array(encoded.trimmingQuotes.utf8))
      #expect(decoded.status == 0)
      let shell = "printf %s '\(encoded.trimmingQuotes)' | base64 -d | '\(age)' -d -i '\(folder)/id'"
      let opened = try ExternalCommand.run("/bin/sh", ["-c", shell], folder: folder)
      try #require(opened.status == 0, "\(opened.errors)")
      let payload = try JSON(parsing: opened.output.utf8)
      #expect(payload["org"]?.text == "initech" && payload["relay"]?.text == "lab-1")
      #expect(payload["keys"]?.elements?.count == 8)
    }
  }

  @Test func renderRefusesAFolderOfSomebodyElse() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array("precious".utf8), to: folder + "/out/notes.txt")
      let outcome = try Wpex.run(
        "render", "--repo", packageRoot + "/sample-repo", "--out", folder + "/out", "--demonstration", folder: folder)
      #expect(outcome.status == 1 && outcome.errors.contains("not empty"))
    }
  }

  @Test func secretsInPlainTextAreFoundAndNotShown() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let secret = "AGE-SECRET-KEY-1QQPQZRFR7ZZ2WCV"
      // In a comment, and as a value that a message would like to quote.
      let file = "# \(secret)\nkind: \(secret)\n"
      try ExternalCommand.write(Array(file.utf8), to: repo + "/orgs/acme/keys/oops.yaml")
      for format in ["json", "sarif", "github", "gitlab", "junit"] {
        let outcome = try Wpex.run("validate", "--repo", repo, "--format", format, folder: folder)
        #expect(outcome.status == 1 && outcome.output.contains("WPX1420"))
        #expect(!outcome.output.contains("QQPQZRFR7ZZ2WCV"))
      }
      let text = try Wpex.run("validate", "--repo", repo, folder: folder)
      #expect(!text.errors.contains("QQPQZRFR7ZZ2WCV"), "\(text.errors)")
    }
  }
}

extension StringProtocol {
  var trimmingLineBreak: String { hasSuffix("\n") ? String(dropLast()) : String(self) }
  var trimmingQuotes: String { hasPrefix("\"") ? String(dropFirst().dropLast()) : String(self) }
}
