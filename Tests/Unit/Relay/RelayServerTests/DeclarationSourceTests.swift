import KeyBundles
import RelayWire
import TestSupport
import Testing

@testable import RelayServer

/// Which declared files a relay uses, and from where.
@Suite struct DeclarationSourceTests {
  private static func files(_ serial: Int, _ content: String = "{}", name: String = "config.json") throws
    -> DeclaredFiles
  {
    let contents = [name: Array(content.utf8)]
    return try DeclaredFiles(RelayDeclaration(org: "acme", relay: "edge", serial: serial, contents: contents), contents)
  }

  private static func options(in folder: String) -> RelayOptions {
    var options = RelayOptions()
    options.configuration = "\(folder)/config.json"
    options.state = "\(folder)/state"
    return options
  }

  @Test(arguments: [(5, 4, 5), (5, 5, 5), (5, 6, 6)])
  func serialsNeverFall(_ inForce: Int, _ found: Int, _ expected: Int) throws {
    let newer = try DeclarationSource.newer(inForce: Self.files(inForce), found: Self.files(found))
    #expect(newer?.declaration.serial == expected)
  }

  @Test func firstDeclarationCounts() throws {
    #expect(try DeclarationSource.newer(inForce: nil, found: nil) == nil)
    #expect(try DeclarationSource.newer(inForce: nil, found: Self.files(1)) == Self.files(1))
  }

  @Test func neitherMissingNorContradictingFilesReplaceOthers() throws {
    #expect(throws: RelayServerError.self) {
      try DeclarationSource.newer(inForce: Self.files(5), found: nil)
    }
    #expect(throws: RelayServerError.self) {
      try DeclarationSource.newer(inForce: Self.files(5), found: Self.files(5, #"{"keys":[]}"#))
    }
  }

  @Test func whatIsKeptIsReadAgain() throws {
    try ExternalCommand.withFolder { folder in
      let source = try #require(DeclarationSource(Self.options(in: folder)))
      #expect(try source.readKept() == nil)
      try source.keep(Self.files(5))
      #expect(try source.readKept() == Self.files(5))
      try ExternalCommand.write([1], to: "\(folder)/state.declared")
      #expect(throws: RelayServerError.self) { try source.readKept() }
    }
  }

  @Test func declarationCoversWhatTheProcessReads() throws {
    var options = Self.options(in: "/run/wpex")
    let alone = try #require(DeclarationSource(options))
    try alone.check(Self.files(1))
    #expect(throws: RelayServerError.self) { try alone.check(Self.files(1, name: "bundle.age")) }
    options.bundles = ["/run/wpex/bundle.age"]
    let withBundle = try #require(DeclarationSource(options))
    #expect(throws: RelayServerError.self) { try withBundle.check(Self.files(1)) }
    options.bundles = ["/elsewhere/bundle.age"]
    try #require(DeclarationSource(options)).check(Self.files(1))
  }

  /// A malformed key is reported before any file is read.
  @Test(arguments: ["", "A6EHv", "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg", String(repeating: "A", count: 44)])
  func malformedVerifierKeyIsAMistakeOfTheCommandLine(_ text: String) throws {
    var options = Self.options(in: "/nowhere")
    options.verifierKeys = ["A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="]
    try options.validate()
    options.verifierKeys.append(text)
    let failure = try #require(throws: RelayServerError.self) { try options.validate() }
    #expect(failure.kind == .usage && failure.description.contains("number 2"), "\(failure)")
    #expect(throws: RelayServerError.self) { _ = try Relay(options) }
  }

  /// The signature is another program's: Python's cryptography.
  @Test(arguments: [
    ("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", true), ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false),
    ("", false), ("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg", false),
  ])
  func signatureCounts(_ publicKey: String, _ isGood: Bool) throws {
    let text =
      #"{"files":{"config.json":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"org":"acme","#
      + #""relay":"edge","serial":7,"signature":"Uvr2ZOp9rUKzTlWRkgjhpiylzeAATYU2Bvme4CZFGoExY0aYnHSIRhGvvEvtLbUTCMlAs0feZ5QgJyHOD14pCQ==","version":1}"#
    let declaration = try RelayDeclaration(parsing: Array(text.utf8))
    #expect(declaration.digest == "96e38dabd781c61d52b4cd2a1ca0079d1febee82d00da5fb671541755cfa7687")
    let signed = try DeclaredFiles(declaration, ["config.json": Array("{}".utf8)])
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array("# keys\n\(publicKey)\n".utf8), to: "\(folder)/verifier")
      for isInFile in [true, false] {
        var options = Self.options(in: folder)
        if isInFile { options.verifier = "\(folder)/verifier" } else { options.verifierKeys = [publicKey] }
        let source = try #require(DeclarationSource(options))
        if isGood {
          try source.check(signed)
        } else {
          #expect(throws: RelayServerError.self) { try source.check(signed) }
        }
        #expect(throws: RelayServerError.self) { try source.check(Self.files(7)) }
        #expect(throws: RelayServerError.self) { try source.read() }
      }
    }
  }
}
