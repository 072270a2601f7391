import TextFormats

/// Makes what another program says fit for a terminal and a log.
struct ForeignWords {
  private static let longest = 300

  private let secret: String

  /// - Parameter secret: what it was told, and may send back; never empty.
  init(hiding secret: String) { self.secret = secret }

  /// One line, of bounded length, without the secret.
  func line(_ text: String) -> String {
    let visible = withoutSecret(text).unicodeScalars.prefix(Self.longest).map { $0.isHidden ? " " : $0 }
    return String(String.UnicodeScalarView(visible))
  }

  /// Compares bytes: a mark behind the secret would make another character of its last one.
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
