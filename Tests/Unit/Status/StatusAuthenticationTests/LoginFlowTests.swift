import ConfigModel
import FairShares
import KeyBundles
import TextFormats
import Synchronization
import Testing

@testable import StatusAuthentication

/// The flow against an issuer in this process, which signs with real keys and can be told to lie.
@Suite struct LoginFlowTests {
  private let now = Timestamp(unixSeconds: 1_800_000_000)
  private let here = FairSource.network([192, 0, 2, 1])

  @Test func aLoginEndsWithIssuerAndSubject() async throws {
    let provider = Provider()
    let flow = provider.flow()
    let start = try await flow.begin("nordsud", next: "/relays?q=milan", from: here, now: now)
    let query = try Self.query(start.location)
    #expect(start.location.hasPrefix("https://id.example.net/authorize?"))
    #expect(query["response_type"] == "code" && query["code_challenge_method"] == "S256" && query["scope"] == "openid")
    #expect(query["redirect_uri"] == "https://wpex.example/login/oidc/nordsud/callback")
    let finish = try await flow.finish(
      "nordsud", query: ["state": query["state"] ?? "", "code": provider.code(for: query)], binding: start.binding,
      now: now)
    #expect(finish.identity == Identity(issuer: "https://id.example.net", subject: "anna"))
    #expect(finish.next == "/relays?q=milan")
  }

  enum Attack: String, CaseIterable, Sendable {
    case otherBrowser, noCookie, unknownState, stateTwice, tooLate, otherIssuerName, mixedUpIssuer, refused, noCode
    case wrongVerifier, wrongNonce, wrongAudience, noToken, endpointDown
  }

  @Test(arguments: Attack.allCases) func nobodyGetsInBy(_ attack: Attack) async throws {
    let provider = Provider()
    let flow = provider.flow()
    let start = try await flow.begin("nordsud", next: "/", from: here, now: now)
    let request = try Self.query(start.location)
    var query = ["state": request["state"] ?? "", "code": provider.code(for: request)]
    var binding: String? = start.binding
    var name = "nordsud"
    var later: Int64 = 0
    switch attack {
    case .otherBrowser: binding = try await flow.begin("nordsud", next: "/", from: here, now: now).binding
    case .noCookie: binding = nil
    case .unknownState: query["state"] = "AAAA"
    case .stateTwice:
      _ = try await flow.finish(name, query: query, binding: binding, now: now)
    case .tooLate: later = 601
    case .otherIssuerName: name = "other"
    case .mixedUpIssuer: query["iss"] = "https://evil.example"
    case .refused: query = ["state": query["state"] ?? "", "error": "<script>alert(1)</script>"]
    case .noCode: query["code"] = nil
    case .wrongVerifier: provider.lie { $0.checksVerifier = false }
    case .wrongNonce: provider.lie { $0.nonce = "another" }
    case .wrongAudience: provider.lie { $0.audience = "another" }
    case .noToken: provider.lie { $0.sendsToken = false }
    case .endpointDown: provider.lie { $0.isDown = true }
    }
    let moment = Timestamp(unixSeconds: now.unixSeconds + later)
    do {
      _ = try await flow.finish(name, query: query, binding: binding, now: moment)
      // The one that is the provider's to refuse: here it checks nothing, and the login is a good one.
      #expect(attack == .wrongVerifier)
    } catch {
      #expect(attack != .wrongVerifier && error is LoginFlow.Failure)
      #expect(!"\(error)".contains("<"), "nothing of the request is repeated")
    }
  }

  @Test func theProviderSeesTheVerifierOfTheChallenge() async throws {
    let provider = Provider()
    let flow = provider.flow()
    let start = try await flow.begin("nordsud", next: "/", from: here, now: now)
    var request = try Self.query(start.location)
    request["code_challenge"] = "another"
    let query = ["state": request["state"] ?? "", "code": provider.code(for: request)]
    await #expect(throws: LoginFlow.Failure.self) {
      try await flow.finish("nordsud", query: query, binding: start.binding, now: now)
    }
  }

  @Test func keysThatTurnAreFetchedAgain() async throws {
    let provider = Provider()
    let flow = provider.flow()
    for round in 0..<2 {
      let moment = Timestamp(unixSeconds: now.unixSeconds + Int64(round) * 60)
      provider.lie { $0.now = moment.unixSeconds }
      let start = try await flow.begin("nordsud", next: "/", from: here, now: moment)
      let request = try Self.query(start.location)
      let finish = try await flow.finish(
        "nordsud", query: ["state": request["state"] ?? "", "code": provider.code(for: request)],
        binding: start.binding, now: moment)
      #expect(finish.identity.subject == "anna")
      provider.turnKeys()
    }
  }

  /// Where a stranger's logins come from.
  enum Crowd: String, CaseIterable, Sendable {
    case oneAddress, aNetwork, oneClientOfIPv6, aSiteOfIPv6

    func source(_ number: Int) -> FairSource {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      return switch self {
      case .oneAddress: .network([203, 0, 113, 9])
      case .aNetwork: .network([203, 0, bytes[1], bytes[0]])
      case .oneClientOfIPv6: .network([0x20, 1, 0xD, 0xB8, 0, 1, 0, 1] + bytes)
      case .aSiteOfIPv6: .network([0x20, 1, 0xD, 0xB8, 0, 1] + bytes + [0, 1])
      }
    }
  }

  @Test(arguments: Crowd.allCases) func manyLoginsOfOnePlaceLeaveThoseOfOthers(_ crowd: Crowd) async throws {
    let provider = Provider()
    let flow = provider.flow()
    for number in 0..<50 {
      _ = try await flow.begin("nordsud", next: "/", from: crowd.source(number), now: now)
    }
    let start = try await flow.begin("nordsud", next: "/", from: here, now: now)
    for number in 0..<LoginFlow.maxPending + 100 {
      _ = try await flow.begin("nordsud", next: "/", from: crowd.source(number), now: now)
    }
    // The one that was begun before all that ends, and so does one that begins now.
    for start in [start, try await flow.begin("nordsud", next: "/", from: here, now: now)] {
      let request = try Self.query(start.location)
      let query = ["state": request["state"] ?? "", "code": provider.code(for: request)]
      #expect(
        try await flow.finish("nordsud", query: query, binding: start.binding, now: now).identity.subject == "anna")
    }
  }

  @Test func twoLoginsOfOneBrowserBothEnd() async throws {
    let provider = Provider()
    let flow = provider.flow()
    let first = try await flow.begin("nordsud", next: "/1", from: here, now: now)
    let second = try await flow.begin("nordsud", next: "/2", from: here, binding: first.binding, now: now)
    #expect(first.binding == second.binding)
    for start in [first, second] {
      let request = try Self.query(start.location)
      let query = ["state": request["state"] ?? "", "code": provider.code(for: request)]
      _ = try await flow.finish("nordsud", query: query, binding: second.binding, now: now)
    }
    // What somebody else put there is not taken on.
    for other in ["", "short", first.binding + "A", String(repeating: "=", count: 43)] {
      #expect(try await flow.begin("nordsud", next: "/", from: here, binding: other, now: now).binding != other)
    }
  }

  @Test func aCodeThatTheProviderDidNotGiveIsToldFromAProviderThatIsAway() async throws {
    let provider = Provider()
    let flow = provider.flow()
    for (isWrong, failure) in [
      (true, LoginFlow.Failure.wrongCode), (false, .unavailable("its token endpoint returned no token")),
    ] {
      let start = try await flow.begin("nordsud", next: "/", from: here, now: now)
      let state = try Self.query(start.location)["state"] ?? ""
      provider.lie { $0.isDown = !isWrong }
      await #expect(throws: failure) {
        try await flow.finish(
          "nordsud", query: ["state": state, "code": "made-up"], binding: start.binding, now: now)
      }
    }
  }

  /// However many begin while the provider is slow or away, it is asked once.
  @Test func aProviderThatIsAwayIsAskedOnce() async throws {
    let provider = Provider()
    provider.lie { $0.isDown = true }
    let flow = provider.flow()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          await #expect(throws: LoginFlow.Failure.self) {
            try await flow.begin("nordsud", next: "/", from: here, now: now)
          }
        }
      }
    }
    #expect(provider.discoveries == 1)
    provider.lie { $0.isDown = false }
    let later = Timestamp(unixSeconds: now.unixSeconds + LoginFlow.discoveryPause)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          _ = await #expect(throws: Never.self) {
            try await flow.begin("nordsud", next: "/", from: here, now: later)
          }
        }
      }
    }
    #expect(provider.discoveries == 2)
  }

  @Test(arguments: ["http://id.example.net", "https://user@id.example.net", "javascript:alert(1)", "https://id#x", ""])
  func unsafeAddressesAreNotUsed(_ url: String) { #expect(!SafeURL.isAllowed(url)) }

  private static func query(_ url: String) throws -> [String: String] {
    let text = try #require(url.split(separator: "?", maxSplits: 1).last)
    return Form.decode(String(text))
  }
}

/// An OpenID Connect provider.
private final class Provider: IssuerTransport {
  struct Behaviour {
    var checksVerifier = true
    var nonce: String?
    var audience = "wpex"
    var sendsToken = true
    var isDown = false
    var discoveries = 0
    var now: Int64 = 1_800_000_000
    var keyNumber = 1
    var key = SigningKey()
    var codes: [String: [String: String]] = [:]
  }

  private let behaviour = Mutex(Behaviour())

  func lie(_ change: (inout Behaviour) -> Void) { behaviour.withLock { change(&$0) } }

  /// How often the discovery document was asked for.
  var discoveries: Int { behaviour.withLock { $0.discoveries } }

  func turnKeys() {
    lie {
      $0.keyNumber += 1
      $0.key = SigningKey()
    }
  }

  /// The user agrees; the browser comes back with this.
  func code(for request: [String: String]) -> String {
    let code = "code-\(UInt64.random(in: 0 ... .max))"
    lie { $0.codes[code] = request }
    return code
  }

  func flow() -> LoginFlow {
    LoginFlow(
      [
        IssuerSettings(
          name: "nordsud", label: "Nordsud", issuer: "https://id.example.net", clientID: "wpex", clientSecret: "s:e/c"),
        IssuerSettings(
          name: "other", label: "Other", issuer: "https://other.example", clientID: "x", clientSecret: nil),
      ], transport: self
    ) { "https://wpex.example/login/oidc/\($0)/callback" }
  }

  struct Down: Error {}

  func get(_ url: String, limit: Int) async throws -> [UInt8] {
    let state = behaviour.withLock { $0 }
    switch url {
    case "https://id.example.net/.well-known/openid-configuration":
      lie { $0.discoveries += 1 }
      if state.isDown { throw Down() }
      let json: JSON = [
        "issuer": "https://id.example.net", "authorization_endpoint": "https://id.example.net/authorize",
        "token_endpoint": "https://id.example.net/token", "jwks_uri": "https://id.example.net/keys",
      ]
      return Array(json.text(.compact).utf8)
    case "https://id.example.net/keys":
      let json: JSON = [
        "keys": [
          [
            "kty": "OKP", "crv": "Ed25519", "kid": .string("k\(state.keyNumber)"),
            "x": .string(Base64URL.encode(try state.key.publicKey())),
          ]
        ]
      ]
      return Array(json.text(.compact).utf8)
    default: throw Down()
    }
  }

  func post(
    _ url: String, form: [(name: String, value: String)], authorization: String?, limit: Int
  ) async throws -> [UInt8] {
    let state = behaviour.withLock { $0 }
    let fields = Dictionary(form.map { ($0.name, $0.value) }) { first, _ in first }
    guard !state.isDown else { throw Down() }
    guard url == "https://id.example.net/token", authorization == "Basic d3BleDpzJTNBZSUyRmM=",
      let request = fields["code"].flatMap({ state.codes[$0] }), let verifier = fields["code_verifier"],
      fields["redirect_uri"] == request["redirect_uri"]
    else { throw IssuerStatus(code: 400) }
    if state.checksVerifier {
      let challenge = Base64URL.encode(try SHA256Digest.bytes(of: Array(verifier.utf8)))
      guard challenge == request["code_challenge"] else { throw IssuerStatus(code: 400) }
    }
    guard state.sendsToken else { return Array(#"{"access_token": "x"}"#.utf8) }
    var claims: JSON.Members = [
      "iss": "https://id.example.net", "sub": "anna", "aud": .string(state.audience), "iat": .integer(Int(state.now)),
      "exp": .integer(Int(state.now) + 300),
    ]
    if let nonce = state.nonce ?? request["nonce"] { claims["nonce"] = .string(nonce) }
    let header: JSON = ["alg": "EdDSA", "kid": .string("k\(state.keyNumber)"), "typ": "JWT"]
    let signed = [header, .object(claims)].map { Base64URL.encode(Array($0.text(.compact).utf8)) }.joined(
      separator: ".")
    let token = "\(signed).\(Base64URL.encode(try state.key.sign(Array(signed.utf8))))"
    return Array(JSON.object(["id_token": .string(token), "access_token": "x"]).text(.compact).utf8)
  }
}
