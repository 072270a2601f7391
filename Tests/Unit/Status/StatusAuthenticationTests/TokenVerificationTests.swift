import ConfigModel
import TextFormats
import TestSupport
import Testing

@testable import StatusAuthentication

/// Tokens that PyJWT made, good and bad.
@Suite struct TokenVerificationTests {
  struct Corpus: Sendable {
    let keys: KeySet
    let now: Timestamp
    let cases: [(name: String, token: String, verdict: String)]

    init() throws {
      let text = try ExternalCommand.withFolder { try Judge.run("json_web_tokens.py", folder: $0).output }
      let json = try JSON(parsing: text.utf8)
      keys = try #require(KeySet(Array((json["jwks"] ?? .null).text(.compact).utf8)))
      now = Timestamp(unixSeconds: Int64(try #require(json["now"]?.int)))
      cases = (json["cases"]?.elements ?? []).map {
        ($0["name"]?.text ?? "", $0["token"]?.text ?? "", $0["verdict"]?.text ?? "")
      }
    }
  }

  @Test func everyTokenIsJudgedAsItMust() async throws {
    let corpus = try Corpus()
    #expect(corpus.cases.count > 80)
    let rules = TokenRules(issuer: "https://id.example.net", audience: "wpex", use: .login(nonce: "n-1"))
    for (name, token, verdict) in corpus.cases {
      let found: String
      do throws(TokenRefusal) {
        let identity = try TokenVerification.verify(token, corpus.keys, rules, now: corpus.now)
        #expect(identity == Identity(issuer: "https://id.example.net", subject: "anna"), "\(name)")
        found = "good"
      } catch {
        found = Self.word(error)
      }
      #expect(found == verdict, "\(name)")
    }
  }

  @Test func accessTokensNeedNoNonceAndMayNameTheirType() async throws {
    let corpus = try Corpus()
    let rules = TokenRules(issuer: "https://id.example.net", audience: "wpex", use: .access)
    for name in ["no nonce", "access token at a login", "RS256", "EdDSA"] {
      let token = try #require(corpus.cases.first { $0.name == name }?.token)
      #expect(
        try TokenVerification.verify(token, corpus.keys, rules, now: corpus.now).subject == "anna", "\(name)")
    }
  }

  @Test func unusableKeysAreLeftOutAndDoNotSpoilTheOthers() throws {
    #expect(try Corpus().keys.identifiers == ["ec", "ec384", "ec521", "ed", "rsa", "rsa-pinned"])
  }

  @Test(arguments: ["", "{}", "[]", #"{"keys": []}"#, #"{"keys": [{"kty": "oct", "kid": "a", "k": "AA"}]}"#])
  func whatHasNoUsableKeyIsNoKeySet(_ text: String) {
    #expect(KeySet(Array(text.utf8)) == nil)
  }

  /// No cut, and no flipped byte, makes another token that is taken.
  @Test func mutationsOfAGoodTokenAreRefused() async throws {
    let corpus = try Corpus()
    let rules = TokenRules(issuer: "https://id.example.net", audience: "wpex", use: .login(nonce: "n-1"))
    let good = Array(try #require(corpus.cases.first { $0.name == "EdDSA" }?.token).utf8)
    var random = SystemRandomNumberGenerator()
    for round in 0..<600 {
      var token = good
      if round % 5 == 0 {
        token.removeLast(Int.random(in: 1..<token.count, using: &random))
      } else {
        let place = Int.random(in: token.indices, using: &random)
        token[place] = token[place] == 0x41 ? 0x42 : UInt8.random(in: 0x20...0x7E, using: &random)
        if token == good { continue }
      }
      let text = String(decoding: token, as: UTF8.self)
      #expect(throws: TokenRefusal.self, "\(text)") {
        try TokenVerification.verify(text, corpus.keys, rules, now: corpus.now)
      }
    }
  }

  private static func word(_ refusal: TokenRefusal) -> String {
    switch refusal {
    case .headerParameter: "headerParameter"
    case .malformed: "malformed"
    case .algorithm: "algorithm"
    case .type: "type"
    case .unknownKey: "unknownKey"
    case .signature: "signature"
    case .issuer: "issuer"
    case .audience: "audience"
    case .expired: "expired"
    case .notYetValid: "notYetValid"
    case .lifetime: "lifetime"
    case .nonce: "nonce"
    case .subject: "subject"
    }
  }
}
