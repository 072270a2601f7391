import Diagnostics

/// Detection of secrets in plain text, including in comments: whatever Git has seen is public.
enum PlaintextSecrets {
  /// Returns the first occurrence of each kind of secret.
  ///
  /// Neither the message nor the label shows the secret: the label covers only the mark that precedes it.
  static func find(in file: SourceFile) -> [Diagnostic] {
    let found = file.bytes.withUnsafeBufferPointer { SecretMarks.find(in: $0) }
    return found.sorted { $0.key < $1.key }.map { index, offset in
      let (mark, what) = SecretMarks.all[index]
      return Diagnostic(
        .plaintextSecret, "\(what) is in plain text here",
        at: Diagnostic.Label(
          SourceLocation(path: file.path, range: SourceRange(offset, offset + mark.utf8CodeUnitCount))),
        notes: ["anybody who can read the repository or its history has this secret now"],
        help: "create a new secret, seal it with `wpex seal`, and remove this one from the history")
    }
  }
}
