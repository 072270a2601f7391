import FoundationEssentials
package import KeyBundles

/// Verification that a notice of a push comes from a Git server that shares the secret. Anyone may send a notice, so it is
/// checked as it arrives and not kept.
///
/// GitHub (`X-Hub-Signature-256: sha256=HEX`), Gitea and Forgejo (`X-Gitea-Signature: HEX`), GitLab's signing tokens
/// (`webhook-signature: v1,BASE64` over `id.timestamp.body`, as in standard-webhooks), and GitLab's older plain token
/// (`X-Gitlab-Token`).
package struct WebhookSignature {
  /// Claim of the headers.
  private enum Claim {
    /// One of these codes authenticates the signed prefix and the notice.
    case codes([[UInt8]], HMACSHA256.Stream)
    /// The secret itself, which was compared already.
    case token
  }

  /// The largest difference between the time of a signed notice and now, in seconds.
  private static let tolerance: Int64 = 300
  /// The largest number of codes in one header that are checked; two are needed while a secret is replaced.
  private static let maxCodes = 8

  private let claim: Claim

  /// - Parameters:
  ///   - secret: the secret shared with the Git server.
  ///   - header: returns the value of a header, whose name is in lower case.
  ///   - now: seconds since 1970.
  /// - Returns: Nil if the headers alone show that the notice is not signed.
  package init?(secret: SecretBytes, now: Int64, header: (String) -> String?) {
    if let given = header("x-hub-signature-256") {
      guard given.hasPrefix("sha256=") else { return nil }
      self.init(hexadecimal: given.dropFirst(7), secret)
    } else if let given = header("x-gitea-signature") ?? header("x-forgejo-signature") {
      self.init(hexadecimal: given[...], secret)
    } else if let given = header("webhook-signature") {
      guard let id = header("webhook-id"), let time = header("webhook-timestamp").flatMap({ Int64($0) }),
        (-Self.tolerance...Self.tolerance).contains(time.subtractingReportingOverflow(now).partialValue)
      else { return nil }
      let codes = given.split(separator: " ").prefix(Self.maxCodes).compactMap { part in
        part.hasPrefix("v1,") ? Data(base64Encoded: String(part.dropFirst(3))).map { Array($0) } : nil
      }
      self.init(codes: codes, before: "\(id).\(time).", secret)
    } else if let given = header("x-gitlab-token") {
      // Codes are compared, so that the time reveals neither where the texts differ nor how long the secret is.
      guard let one = Self.code(of: Array(given.utf8), secret),
        let other = Self.code(of: secret.withBytes { Array($0) }, secret), ConstantTime.isEqual(one, other)
      else { return nil }
      self.init(claim: .token)
    } else {
      return nil
    }
  }

  private init(claim: Claim) { self.claim = claim }

  private init?(hexadecimal text: Substring, _ secret: SecretBytes) {
    let digits = text.utf8.compactMap { digit -> UInt8? in
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x41...0x46: digit - 0x41 + 10
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    self.init(codes: [stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }], before: "", secret)
  }

  private init?(codes: [[UInt8]], before text: String, _ secret: SecretBytes) {
    let codes = codes.filter { $0.count == 32 }
    guard !codes.isEmpty, let stream = try? HMACSHA256.Stream(key: secret) else { return nil }
    Array(text.utf8).withUnsafeBytes { stream.add($0) }
    self.init(claim: .codes(codes, stream))
  }

  /// Adds the next bytes of the notice.
  package func add(_ bytes: UnsafeRawBufferPointer) {
    if case .codes(_, let stream) = claim { stream.add(bytes) }
  }

  /// Whether the notice is signed. Call it once all bytes were added.
  package func isValid() -> Bool {
    switch claim {
    case .token: true
    case .codes(let codes, let stream):
      // All are compared, so that the time does not tell which one was nearly right.
      (try? stream.finish()).map { code in codes.reduce(false) { ConstantTime.isEqual($1, code) || $0 } } ?? false
    }
  }

  private static func code(of message: [UInt8], _ secret: SecretBytes) -> [UInt8]? {
    (try? HMACSHA256.code(of: message, key: secret)).map { code in code.withBytes { Array($0) } }
  }
}
