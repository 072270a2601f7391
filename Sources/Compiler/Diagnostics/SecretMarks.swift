/// Texts that identify a secret in plain text. A diagnostic reports each secret, and no report shows it.
package enum SecretMarks {
  /// The marks, and what each one begins.
  package static let all: [(mark: StaticString, what: String)] = [
    ("AGE-SECRET-KEY-1", "an age secret key"),
    ("PRIVATE KEY-----", "a private key"),
    ("AGE-SECRET-KEY-PQ-1", "an age secret key"),
    ("PrivateKey =", "a WireGuard private key"),
    ("PresharedKey =", "a WireGuard preshared key"),
    ("ghp_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
  ]

  /// Returns the offset of each mark's first occurrence, by the mark's index in `all`.
  package static func find(in bytes: UnsafeBufferPointer<UInt8>) -> [Int: Int] {
    var found: [Int: Int] = [:]
    guard bytes.count > 1 else { return found }
    for offset in 0..<bytes.count - 1 {
      // Two bytes almost always suffice to rule out that a mark begins here.
      switch (bytes[offset], bytes[offset + 1]) {
      case (UInt8(ascii: "A"), UInt8(ascii: "G")), (UInt8(ascii: "P"), UInt8(ascii: "R")),
        (UInt8(ascii: "P"), UInt8(ascii: "r")), (UInt8(ascii: "g"), UInt8(ascii: "h")),
        (UInt8(ascii: "g"), UInt8(ascii: "i")), (UInt8(ascii: "g"), UInt8(ascii: "l")):
        break
      default: continue
      }
      for (index, mark) in all.enumerated() where found[index] == nil && matches(mark.mark, bytes, at: offset) {
        found[index] = offset
      }
    }
    return found
  }

  /// Returns whether any mark occurs.
  static func occur(in bytes: [UInt8]) -> Bool { !bytes.withUnsafeBufferPointer { find(in: $0) }.isEmpty }

  /// Returns the text up to and including its first mark. Everything after it may belong to the secret.
  static func redact(_ text: String) -> String {
    var text = text
    let found = text.withUTF8 { find(in: $0) }
    guard let (index, offset) = found.min(by: { $0.value < $1.value }) else { return text }
    let end = offset + all[index].mark.utf8CodeUnitCount
    return String(decoding: text.utf8.prefix(end), as: UTF8.self) + "… (the rest is not shown: it may be a secret)"
  }

  private static func matches(_ mark: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
    let count = mark.utf8CodeUnitCount
    guard offset + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[offset + $0] == mark.utf8Start[$0] }
  }
}

extension Diagnostic {
  /// Returns the diagnostic with every text cut off before a secret, and without fixes that would write one.
  func redacted() -> Diagnostic {
    // The diagnostic's own message names a kind of secret and never quotes one, so it stays whole.
    var copy = self
    copy.message = SecretMarks.redact(message)
    copy.notes = notes.map(SecretMarks.redact)
    copy.help = help.map(SecretMarks.redact)
    copy.fixes = fixes.filter { fix in
      ([fix.title] + fix.edits.map(\.replacement)).allSatisfy { SecretMarks.redact($0) == $0 }
    }
    return copy
  }
}
