import FoundationEssentials
package import KeyBundles

/// Whether a notice of a push comes from who shares the secret with us.
///
/// GitHub (`X-Hub-Signature-256: sha256=HEX`), Gitea and Forgejo (`X-Gitea-Signature: HEX`), GitLab's signing tokens
/// (`webhook-signature: v1,BASE64` over `id.timestamp.body`, as in standard-webhooks), and GitLab's older plain token
/// (`X-Gitlab-Token`).
package enum WebhookSignature {
  /// Seconds by which the time of a signed notice may differ from ours.
  private static let tolerance: Int64 = 300

  /// - Parameters:
  ///   - header: a header's value by its name in lower case.
  ///   - now: seconds since 1970.
  package static func isValid(
    _ body: [UInt8], secret: SecretBytes, now: Int64, header: (String) -> String?
  ) -> Bool {
    if let given = header("x-hub-signature-256") {
      return given.hasPrefix("sha256=") && isHexadecimal(String(given.dropFirst(7)), of: body, secret)
    }
    if let given = header("x-gitea-signature") ?? header("x-forgejo-signature") {
      return isHexadecimal(given, of: body, secret)
    }
    if let given = header("webhook-signature") {
      guard let id = header("webhook-id"), let time = header("webhook-timestamp").flatMap({ Int64($0) }),
        abs(time.subtractingReportingOverflow(now).partialValue) <= tolerance
      else { return false }
      guard let code = code(of: Array("\(id).\(time).".utf8) + body, secret) else { return false }
      return given.split(separator: " ").contains { part in
        guard part.hasPrefix("v1,"), let data = Data(base64Encoded: String(part.dropFirst(3))) else { return false }
        return isEqual(Array(data), code)
      }
    }
    guard let given = header("x-gitlab-token") else { return false }
    // By their codes, so that the time says nothing of where they differ, or how long the secret is.
    guard let one = code(of: Array(given.utf8), secret),
      let other = code(of: secret.withBytes { Array($0) }, secret)
    else { return false }
    return isEqual(one, other)
  }

  private static func isHexadecimal(_ text: String, of body: [UInt8], _ secret: SecretBytes) -> Bool {
    guard let code = code(of: body, secret) else { return false }
    let expected = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return isEqual(Array(text.lowercased().utf8), Array(expected.utf8))
  }

  private static func code(of message: [UInt8], _ secret: SecretBytes) -> [UInt8]? {
    (try? HMACSHA256.code(of: message, key: secret)).map { code in code.withBytes { Array($0) } }
  }

  private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
