extension AgeIdentity {
  /// Parses an identity file as `age-keygen` writes it.
  ///
  /// Each line is an identity, a comment that begins with `#`, or empty.
  ///
  /// - Parameter bytes: The whole file.
  /// - Returns: At least one identity, in the order of the file.
  /// - Throws: `invalidIdentity`, whose reason names the line but never repeats its text.
  package static func parseFile(_ bytes: [UInt8]) throws(KeyBundleError) -> [AgeIdentity] {
    if AgeArmor.isArmored(bytes) || bytes.starts(with: AgeFormat.versionLine.utf8) {
      throw KeyBundleError(
        .invalidIdentity, "the identity file is itself encrypted; decrypt it with `age -d` first")
    }
    var identities: [AgeIdentity] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, var line) in lines.enumerated() {
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do {
        identities.append(try AgeIdentity(text: line))
      } catch {
        throw KeyBundleError(error.code, "line \(index + 1) of the identity file: \(error.reason)")
      }
    }
    guard !identities.isEmpty else {
      throw KeyBundleError(.invalidIdentity, "the identity file contains no identity; `age-keygen -o FILE` creates one")
    }
    return identities
  }
}
