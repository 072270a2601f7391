package import KeyBundles
import TextFormats

/// Protocol with which the daemon gives a relay's process its files, and asks what is in force.
///
/// Both sides know the relay's token, and neither sends it: requests and answers are encrypted with keys that are derived from
/// it. So whoever has the address of a process that is gone can neither read the files nor claim that they are in force.
/// An answer belongs to one request, because its key depends on the request's salt.
package struct DeclarationExchange: Sendable {
  /// Path of the relay's HTTP API. The method is POST.
  package static let path = "/api/v1/declaration"
  /// Header that proves knowledge of the token before the body is read.
  package static let header = "X-Relay-Seal"
  /// Largest body in bytes. A bundle of 100,000 keys has about 20 MB, and base64 adds a third.
  package static let maxBodyBytes = 64 << 20
  private static let admission = "admission to a relay"
  private static let question = "declaration for a relay"

  private let secret: SecretBytes

  /// Creates the protocol's keys from a relay's token.
  package init(token: String) { secret = SecretBytes(copying: Array(token.utf8)) }

  /// A request, as it is sent.
  package struct Request: Sendable {
    /// Salt of the body and of its answer.
    fileprivate let salt: [UInt8]
    /// Value of `header`.
    package let seal: String
    /// Body of the request.
    package let body: [UInt8]
  }

  /// Creates a request.
  ///
  /// - Parameters:
  ///   - files: Files to bring into force; nil to ask only.
  ///   - salt: 16 random bytes, used once.
  /// - Throws: `cryptography`.
  package func request(
    _ files: DeclaredFiles?, salt: [UInt8] = RandomToken.bytes(count: SealedMessage.saltLength)
  ) throws(KeyBundleError) -> Request {
    let content = files?.bytes ?? JSON.object(JSON.Members()).canonicalBytes
    let proof = try SealedMessage.proof(of: salt, with: secret, for: Self.admission)
    return Request(
      salt: salt, seal: String(decoding: Base64.encode(salt + proof, padded: true), as: UTF8.self),
      body: try SealedMessage.seal(content, with: secret, for: Self.question, salt: salt))
  }

  /// Returns whether the header proves knowledge of the token. Whoever recorded a request can repeat its header.
  package func admits(_ seal: String) -> Bool {
    guard let bytes = Base64.decode(seal.utf8, padded: true), bytes.count == SealedMessage.saltLength + 32,
      let proof = try? SealedMessage.proof(
        of: Array(bytes.prefix(SealedMessage.saltLength)), with: secret, for: Self.admission)
    else { return false }
    return ConstantTime.isEqual(Array(bytes.suffix(32)), proof)
  }

  /// Decrypts a request.
  ///
  /// - Returns: The files to bring into force; nil for a question.
  /// - Throws: `payloadFailure` if it was sealed with another token; `invalidContent`; `cryptography`.
  package func open(request body: [UInt8]) throws(KeyBundleError) -> DeclaredFiles? {
    let content = try SealedMessage.open(body, with: secret, for: Self.question)
    guard let json = try? JSON(parsing: content), case .object(let members) = json else {
      throw KeyBundleError(.invalidContent, "the request is not a JSON object")
    }
    return members.isEmpty ? nil : try DeclaredFiles(json)
  }

  /// Encrypts the answer to a request.
  ///
  /// - Parameters:
  ///   - body: Body of the request.
  ///   - salt: 16 random bytes, used once.
  /// - Throws: `cryptography`.
  package func seal(
    _ answer: DeclarationAnswer, to body: [UInt8],
    salt: [UInt8] = RandomToken.bytes(count: SealedMessage.saltLength)
  ) throws(KeyBundleError) -> [UInt8] {
    try SealedMessage.seal(
      answer.json.canonicalBytes, with: secret, for: Self.purpose(ofAnswerTo: body), salt: salt)
  }

  /// Decrypts the answer to a request.
  ///
  /// - Throws: `payloadFailure` if somebody without the token wrote it, or it answers another request; `invalidContent`.
  package func open(answer body: [UInt8], to request: Request) throws(KeyBundleError) -> DeclarationAnswer {
    let content = try SealedMessage.open(body, with: secret, for: Self.purpose(ofAnswerTo: request.body))
    guard let answer = (try? JSON(parsing: content)).flatMap(DeclarationAnswer.init) else {
      throw KeyBundleError(.invalidContent, "the relay's answer is malformed; update the relay")
    }
    return answer
  }

  private static func purpose(ofAnswerTo body: [UInt8]) -> String {
    "answer "
      + String(decoding: Base64.encode(Array(body.prefix(SealedMessage.saltLength)), padded: false), as: UTF8.self)
  }
}
