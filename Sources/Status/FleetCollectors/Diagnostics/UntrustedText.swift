import TextFormats

/// Sanitizes text from another program for terminals and logs.
package struct UntrustedText: Sendable {
  private static let maxLength = 300

  private let secret: String

  /// Creates a sanitizer.
  ///
  /// - Parameter secret: secret known to the other program, which it might echo; empty for none.
  package init(hiding secret: String) { self.secret = secret }

  /// Returns a text as one line of bounded length, without the secret.
  package func line(_ text: String) -> String {
    let visible = withoutSecret(text).unicodeScalars.prefix(Self.maxLength).map { $0.isHidden ? " " : $0 }
    return String(String.UnicodeScalarView(visible))
  }

  /// Redacts the secret by comparing bytes: as characters, a combining mark after the secret would change its last one.
  private func withoutSecret(_ text: String) -> String {
    let secret = Array(secret.utf8)
    guard !secret.isEmpty else { return text }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      if rest.starts(with: secret) {
        bytes += "…".utf8
        rest = rest.dropFirst(secret.count)
      } else {
        bytes.append(first)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
