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
    var diagnostics: [Diagnostic] = []
    for (mark, what) in marks {
      guard let offset = offset(of: mark, in: file.bytes) else { continue }
      diagnostics.append(
        Diagnostic(
          .plaintextSecret, "\(what) stands here in plain text",
          at: Diagnostic.Label(
            SourceLocation(path: file.path, range: SourceRange(offset, offset + mark.utf8CodeUnitCount))),
          notes: ["everybody who can read the repository, and its history, has this secret now"],
          help: "make a new secret, seal it with `wpex seal`, and remove this one from the history"))
    }
    return diagnostics
  }

  private static func offset(of mark: StaticString, in bytes: [UInt8]) -> Int? {
    mark.withUTF8Buffer { mark in
      guard let first = mark.first, bytes.count >= mark.count else { return nil }
      return bytes.withUnsafeBufferPointer { bytes in
        (0...bytes.count - mark.count).first { start in
          bytes[start] == first && bytes[start..<start + mark.count].elementsEqual(mark)
        }
      }
    }
  }
}
