import Diagnostics

/// Finds secrets that stand in a file as they are, comments included: whatever Git has seen is public.
enum PlaintextSecrets {
  /// The first occurrence of every kind of secret. The message never shows the secret, and neither does the place: it
  /// covers the mark only.
  static func find(in file: SourceFile) -> [Diagnostic] {
    let found = file.bytes.withUnsafeBufferPointer { SecretMarks.find(in: $0) }
    return found.sorted { $0.key < $1.key }.map { index, offset in
      let (mark, what) = SecretMarks.all[index]
      return Diagnostic(
        .plaintextSecret, "\(what) is in plain text here",
        at: Diagnostic.Label(
          SourceLocation(path: file.path, range: SourceRange(offset, offset + mark.utf8CodeUnitCount))),
        notes: ["everybody who can read the repository, and its history, has this secret now"],
        help: "make a new secret, seal it with `wpex seal`, and remove this one from the history")
    }
  }
}
