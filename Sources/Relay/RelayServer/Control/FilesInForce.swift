import RelayWire

/// The declared files that are in force, and when they came into force.
struct FilesInForce: Sendable {
  /// The files.
  let files: DeclaredFiles
  /// When they came into force, as RFC 3339.
  let since: String

  /// The declaration as the relay answers for it.
  var answer: DeclarationAnswer.InForce {
    DeclarationAnswer.InForce(
      serial: files.declaration.serial, digest: files.declaration.digest, since: since)
  }
}
