import Diagnostics

/// Finds secrets that stand in a file as they are, comments included: whatever Git has seen is public.
enum PlaintextSecrets {
  private static let marks: [(mark: StaticString, what: String)] = [
    ("AGE-SECRET-KEY-1", "an age secret key"),
    ("PRIVATE KEY-----", "a private key"),
    ("AGE-SECRET-KEY-PQ-1", "an age secret key"),
    ("PrivateKey =", "a WireGuard private key"),
    ("PresharedKey =", "a WireGuard preshared key"),
    ("ghp_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
  ]

  /// The first occurrence of every kind of secret. The message never shows the secret, and neither does the place: it
  /// covers the mark only.
  static func find(in file: SourceFile) -> [Diagnostic] {
    var found: [Int: Int] = [:]
    file.bytes.withUnsafeBufferPointer { bytes in
      for offset in bytes.indices {
        switch bytes[offset] {
        // What the marks begin with; all other bytes are passed over at once.
        case UInt8(ascii: "A"), UInt8(ascii: "P"), UInt8(ascii: "g"): break
        default: continue
        }
        for (index, mark) in marks.enumerated() where found[index] == nil && matches(mark.mark, bytes, at: offset) {
          found[index] = offset
        }
      }
    }
    return found.sorted { $0.key < $1.key }.map { index, offset in
      let (mark, what) = marks[index]
      return Diagnostic(
        .plaintextSecret, "\(what) stands here in plain text",
        at: Diagnostic.Label(
          SourceLocation(path: file.path, range: SourceRange(offset, offset + mark.utf8CodeUnitCount))),
        notes: ["everybody who can read the repository, and its history, has this secret now"],
        help: "make a new secret, seal it with `wpex seal`, and remove this one from the history")
    }
  }

  private static func matches(_ mark: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
    let count = mark.utf8CodeUnitCount
    guard offset + count <= bytes.count else { return false }
    // The second byte decides almost always.
    return bytes[offset + 1] == mark.utf8Start[1] && (0..<count).allSatisfy { bytes[offset + $0] == mark.utf8Start[$0] }
  }
}
