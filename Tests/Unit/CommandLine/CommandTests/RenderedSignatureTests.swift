import KeyBundles
import RelayWire
import TestSupport
import Testing
import TextFormats

@Suite struct RenderedSignatureTests {
  /// Manifests for Argo CD or Flux are signed with the pipeline's own key, or not written.
  @Test func renderedFilesAreSigned() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      try ExternalCommand.write(Array(repeating: 7, count: 32), to: "\(folder)/secret")
      func render(_ arguments: String...) throws -> (outcome: ExternalCommand.Outcome, declaration: JSON?) {
        let outcome = try ExternalCommand.run(
          Wpex.path, ["render", "--repo", repo, "--out", "\(folder)/out", "--demonstration"] + arguments,
          folder: folder,
          environment: ["WPEX_RENDER_SECRET_FILE": "\(folder)/secret"])
        let file = try? ExternalCommand.read("\(folder)/out/eu-north/nordsud-initech/relay-lab-1.yaml")
        let line = String(decoding: file ?? [], as: UTF8.self).split(separator: "\n")
          .first { $0.hasPrefix("  declaration.json: ") }
        let bytes = line.flatMap { Base64.decode($0.dropFirst(20).utf8, padded: true) }
        return (outcome, try bytes.map { try JSON(parsing: $0) })
      }
      let made = try Wpex.run("identity", "signing-key", "--out", "\(folder)/render.signing-key", folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      let again = try Wpex.run("identity", "signing-key", "--out", "\(folder)/render.signing-key", folder: folder)
      #expect(again.output == made.output && made.output.count == 45)
      let platform = String(decoding: try ExternalCommand.read("\(repo)/platform.yaml"), as: UTF8.self)
      let begin = try #require(platform.firstRange(of: "  declarationKeys: ["))
      let end = try #require(platform[begin.upperBound...].firstRange(of: "]\n"))
      try ExternalCommand.write(
        Array((platform[..<begin.upperBound] + made.output.dropLast() + platform[end.lowerBound...]).utf8),
        to: "\(repo)/platform.yaml")
      let refused = try render().outcome
      #expect(refused.status == 1 && refused.errors.contains("name the file of a declared one with --signing-key"))
      let key = ["--signing-key", "\(folder)/render.signing-key"]
      let now = "2026-11-24T00:00:00Z"
      let first = try render(key[0], key[1], "--now", now)
      try #require(first.outcome.status == 0, "\(first.outcome.errors)")
      #expect(first.declaration?["serial"]?.int == 1_795_478_400_000)
      let publicKey = try #require(Base64.decode(made.output.dropLast().utf8, padded: true))
      let declaration = try RelayDeclaration(try #require(first.declaration))
      #expect(declaration.isSigned(byOneOf: [publicKey]))
      // The same moment gives the same bytes; a serial may be given, and only a positive one.
      #expect(try render(key[0], key[1], "--now", now).declaration == first.declaration)
      #expect(try render(key[0], key[1], "--serial", "7").declaration?["serial"]?.int == 7)
      #expect(try render(key[0], key[1], "--serial", "0").outcome.status == 2)
      // Two commits of one second have two serials, and --now sets no smaller one.
      let commit = """
        set -e; cd '\(repo)'; git init -q .; git config user.name Anna; git config user.email anna@example.net; git add -A
        export GIT_COMMITTER_DATE='2026-11-24T00:00:00Z'; git commit -qm one; git commit -q --allow-empty -m two
        git clone -q --depth 1 "file://$PWD" ../shallow
        """
      let committed = try ExternalCommand.run("/bin/sh", ["-c", commit], folder: folder)
      try #require(committed.status == 0, "\(committed.errors)")
      for (revision, serial) in [("HEAD~1", 1_795_478_400_000), ("HEAD", 1_795_478_400_001)] {
        let rendered = try render(key[0], key[1], "--rev", revision)
        #expect(rendered.declaration?["serial"]?.int == serial, "\(rendered.outcome.errors)")
        #expect(!rendered.outcome.errors.contains("shallow"))
      }
      let earlier = try render(key[0], key[1], "--rev", "HEAD", "--now", "2026-11-23").declaration
      #expect(earlier?["serial"]?.int == 1_795_478_400_001)
      let shallow = try render(key[0], key[1], "--rev", "HEAD", "--repo", "\(folder)/shallow")
      #expect(shallow.outcome.status == 0 && shallow.outcome.errors.contains("this is a shallow clone"))
    }
  }

  /// A refusal says how to do it all the same, if the command offers that.
  @Test func refusedDemonstrationIdentitiesNameTheirFlag() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
      for arguments in [
        ["render", "--repo", repo, "--out", "\(folder)/out"], ["seal", "--org", "acme", "--repo", repo],
        ["key", "add", "acme/new", "--repo", repo, "--seal", "--public-key", key],
      ] {
        let outcome = try ExternalCommand.run(
          Wpex.path, arguments, folder: folder, input: Array(key.utf8), environment: ["NO_COLOR": "1"])
        #expect(outcome.status == 1 && outcome.errors.contains("demonstration"), "\(arguments)")
        #expect(outcome.errors.contains("everybody may read"), "\(arguments): \(outcome.errors)")
      }
    }
  }
}
