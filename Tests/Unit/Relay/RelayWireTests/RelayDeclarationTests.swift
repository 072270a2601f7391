import KeyBundles
import RelayWire
import Testing
import TextFormats

/// The declaration of a relay's files, and the exchange that brings it to the relay.
@Suite struct RelayDeclarationTests {
  private static let contents: [String: [UInt8]] = [
    "config.json": Array("{}".utf8), "bundle.age": [1, 2, 3], "other": [4],
  ]

  private static func declaration(serial: Int = 7) throws -> RelayDeclaration {
    try RelayDeclaration(
      org: "acme", relay: "edge", serial: serial, contents: contents.filter { $0.key != "other" })
  }

  @Test func whatIsWrittenIsRead() throws {
    var declaration = try Self.declaration()
    #expect(try RelayDeclaration(parsing: declaration.bytes) == declaration)
    declaration.signature = Array(repeating: 9, count: 64)
    let signed = try RelayDeclaration(parsing: declaration.bytes)
    #expect(signed == declaration)
    #expect(try signed.digest == Self.declaration().digest)
    #expect(try signed.digest != Self.declaration(serial: 8).digest)
  }

  @Test(arguments: [
    #"[]"#, #"{}"#, #"{"version":1}"#,
    #"{"files":{},"org":"acme","relay":"edge","serial":1,"version":1}"#,
    #"{"files":{"a":"00"},"org":"acme","relay":"edge","serial":1,"version":1}"#,
    #"{"files":{"../a":"\#(String(repeating: "0", count: 64))"},"org":"acme","relay":"edge","serial":1,"version":1}"#,
    #"{"files":{"a":"\#(String(repeating: "0", count: 64))"},"org":"acme","relay":"edge","serial":0,"version":1}"#,
    #"{"files":{"a":"\#(String(repeating: "0", count: 64))"},"org":"acme","relay":"edge","serial":1,"version":2}"#,
    #"{"files":{"a":"\#(String(repeating: "0", count: 64))"},"org":"acme","relay":"edge","serial":1,"signature":"AA==","version":1}"#,
    #" {"files":{"a":"\#(String(repeating: "0", count: 64))"},"org":"acme","relay":"edge","serial":1,"version":1}"#,
  ])
  func otherTextsAreRefused(_ text: String) {
    #expect(throws: KeyBundleError(.invalidContent, "")) { try RelayDeclaration(parsing: Array(text.utf8)) }
  }

  @Test func filesMustBeThoseOfTheDeclaration() throws {
    let declaration = try Self.declaration()
    let files = try DeclaredFiles(declaration, Self.contents)
    #expect(files.contents["other"] == nil)
    #expect(try DeclaredFiles(parsing: files.bytes) == files)
    var changed = Self.contents
    changed["bundle.age"] = [1, 2, 4]
    #expect(throws: KeyBundleError(.invalidContent, "")) { try DeclaredFiles(declaration, changed) }
    changed["bundle.age"] = nil
    #expect(throws: KeyBundleError(.invalidContent, "")) { try DeclaredFiles(declaration, changed) }
  }

  @Test func onlyTheTokenOpensARequestAndItsAnswer() throws {
    let files = try DeclaredFiles(Self.declaration(), Self.contents)
    let exchange = DeclarationExchange(token: "0123456789abcdef")
    let liar = DeclarationExchange(token: "0123456789abcdeg")
    let request = try exchange.request(files)
    let question = try exchange.request(nil)
    #expect(exchange.admits(request.seal) && !liar.admits(request.seal) && !exchange.admits("AAAA"))
    #expect(try exchange.open(request: request.body) == files)
    #expect(try exchange.open(request: question.body) == nil)
    #expect(throws: KeyBundleError(.payloadFailure, "")) { try liar.open(request: request.body) }

    let answer = DeclarationAnswer(
      inForce: .init(serial: 7, digest: "d", since: "2026-01-02T03:04:05Z"), refusal: "older")
    let sealed = try exchange.seal(answer, to: request.body)
    #expect(try exchange.open(answer: sealed, to: request) == answer)
    // The answer to one request is not the answer to another, and nobody else can write one.
    #expect(throws: KeyBundleError(.payloadFailure, "")) { try exchange.open(answer: sealed, to: question) }
    #expect(throws: KeyBundleError(.payloadFailure, "")) {
      try exchange.open(answer: try liar.seal(answer, to: request.body), to: request)
    }
    #expect(throws: KeyBundleError(.payloadFailure, "")) { try exchange.open(answer: request.body, to: request) }
    for index in stride(from: 0, to: sealed.count, by: 7) {
      var altered = sealed
      altered[index] ^= 1
      #expect(throws: KeyBundleError.self) { try exchange.open(answer: altered, to: request) }
    }
    #expect(throws: KeyBundleError.self) { try exchange.open(answer: [], to: request) }
    let nothing = DeclarationAnswer(inForce: nil, refusal: nil)
    #expect(try exchange.open(answer: exchange.seal(nothing, to: question.body), to: question) == nothing)
  }
}
