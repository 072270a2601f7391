import TestSupport
import Testing

/// Secret halves of identities never come where Git would take them.
@Suite struct SecretPlacesTests {
  private static func wpex(
    _ arguments: String..., in folder: String, input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> ExternalCommand.Outcome {
    try ExternalCommand.run(
      Wpex.path, arguments, in: folder, input: input, environment: environment.merging(["NO_COLOR": "1"]) { $1 })
  }

  private func git(_ arguments: String..., in folder: String) throws -> String {
    let outcome = try ExternalCommand.run(
      "git", arguments, in: folder,
      environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"])
    guard outcome.status == 0 else { throw ExternalCommand.Failure(what: outcome.errors) }
    return outcome.output
  }

  private func staged(in folder: String) throws -> String {
    _ = try git("add", "-A", in: folder)
    return try git("status", "--short", in: folder)
  }

  @Test(arguments: ["acme.identity", "below/acme.identity", "./below/../acme.identity"])
  func newIdentityIsRefusedWhereGitWouldTakeIt(_ file: String) throws {
    try ExternalCommand.withFolder { folder in
      _ = try git("init", "-q", in: folder)
      try ExternalCommand.write(Array("x".utf8), to: folder + "/below/readme")
      let refused = try Self.wpex("identity", "new", "--out", file, in: folder)
      #expect(refused.status == 2 && refused.errors.contains("`git add` picks it up"), "\(refused.errors)")
      #expect(try !staged(in: folder).contains("identity"))
      try ExternalCommand.write(Array("*.identity\n".utf8), to: folder + "/.gitignore")
      #expect(try Self.wpex("identity", "new", "--out", file, in: folder).status == 0)
      #expect(try !staged(in: folder).contains("acme.identity"))
    }
  }

  @Test(arguments: [["--object-format=sha256"], []])
  func aLinkAndARepositoryOfAnotherFormatAreNoWayAround(_ options: [String]) throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([], to: folder + "/outer/readme")
      _ = try ExternalCommand.run(
        "git", ["init", "-q"] + options, in: folder + "/outer")
      _ = try ExternalCommand.run("ln", ["-s", "outer", "link"], in: folder)
      let refused = try Self.wpex("identity", "new", "--out", "link/acme.identity", in: folder)
      #expect(refused.status == 2, "\(refused.errors)")
      #expect(!ExternalCommand.exists(folder + "/outer/acme.identity"))
    }
  }

  @Test func initInAFolderOfARepositoryLeavesNoIdentityInIt() throws {
    try ExternalCommand.withFolder { folder in
      _ = try ExternalCommand.run("git", ["init", "-q", "outer"], in: folder)
      let outer = folder + "/outer"
      let arguments = [
        "init", "relays", "--public-host", "relay.example.net", "--admin-name", "Anna", "--admin-email",
        "anna@example.net", "--region", "eu", "--ci", "none", "--defaults",
      ]
      let refused = try ExternalCommand.run(Wpex.path, arguments, in: outer)
      #expect(refused.status == 2 && refused.errors.contains("relays.identity"), "\(refused.errors)")
      #expect(try staged(in: outer).isEmpty && !ExternalCommand.exists(outer + "/relays"))
      let made = try ExternalCommand.run(
        Wpex.path, arguments + ["--identity", folder + "/relays.identity"], in: outer)
      #expect(made.status == 0 && made.errors.contains("inside the Git working folder"), "\(made.errors)")
      #expect(ExternalCommand.exists(folder + "/relays.identity"))
    }
  }

  @Test(arguments: [
    ["org", "add", "tyrell", "--display-name", "Tyrell", "--region", "eu-south"], ["org", "identity", "acme"],
  ])
  func identitiesBesideARepositoryInASubfolderAreRefused(_ command: [String]) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      _ = try git("init", "-q", in: folder)
      let refused = try ExternalCommand.run(
        Wpex.path, command + ["--repo", repo, "--identity", folder + "/x.identity"], in: folder)
      #expect(refused.status == 2 && refused.errors.contains("x.identity"), "\(refused.errors)")
      #expect(!ExternalCommand.exists(folder + "/x.identity"))
    }
  }

  // MARK: - What is sealed

  private static let key = "e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8="

  @Test(arguments: ["\(key)", "\(key)\n", "\(key)\r\n", "  \(key)  \n\n", "\u{FEFF}\(key)\r\n"])
  func keyIsSealedWithoutWhatStandsAroundIt(_ input: String) throws {
    let outcome = try seal(input)
    #expect(outcome.status == 0 && outcome.output.hasPrefix("-----BEGIN AGE"), "\(outcome.errors)")
  }

  @Test(arguments: ["", "\n", "x", "\(key)\n\(key)\n", "\(key.dropLast(2))", "ssh-ed25519 AAAA", "\(key) giulia\n"])
  func whatIsNoKeyIsNotSealed(_ input: String) throws {
    let outcome = try seal(input)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.errors)")
  }

  private func seal(_ input: String) throws -> ExternalCommand.Outcome {
    try ExternalCommand.withFolder { folder in
      try Self.wpex(
        "seal", "--repo", packageRoot + "/sample-repo", "--org", "acme", "--name", "x", "--demonstration",
        in: folder, input: Array(input.utf8))
    }
  }

  @Test func onlyAnIdentityIsSealedAsOne() throws {
    try ExternalCommand.withFolder { folder in
      #expect(try Self.wpex("identity", "new", "--out", "x.identity", in: folder).status == 0)
      for (input, status) in [
        (try ExternalCommand.read(folder + "/x.identity"), Int32(0)), (Array(Self.key.utf8), 1), (Array("\n".utf8), 1),
      ] {
        let outcome = try Self.wpex(
          "seal", "--repo", packageRoot + "/sample-repo", "--org", "acme", "--kind", "Organization", "--field",
          "spec.identity.sealedIdentity", "--demonstration", in: folder, input: input)
        #expect(outcome.status == status, "\(outcome.errors)")
      }
    }
  }
}
