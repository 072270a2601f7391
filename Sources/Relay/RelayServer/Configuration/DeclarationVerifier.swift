import KeyBundles

/// Ed25519 public keys of which one must have signed a declaration: those of the command line, and those of a file.
struct DeclarationVerifier: Sendable {
  /// Public keys in base64.
  private let keys: [String]
  /// Path of a file with more keys, one on each line; nil for none.
  private let file: String?

  /// Finds the keys among a relay's options; nil if declarations need no signature.
  init?(_ options: RelayOptions) {
    guard options.verifier != nil || !options.verifierKeys.isEmpty else { return nil }
    keys = options.verifierKeys
    file = options.verifier
  }

  /// Where the keys are, for messages.
  var place: String { file ?? "--verifier-key" }

  /// Returns the keys, each of 32 bytes.
  ///
  /// - Throws: `RelayServerError` if the file cannot be read, or one of its keys is malformed.
  func publicKeys() throws(RelayServerError) -> [[UInt8]] {
    // `RelayOptions.validate` has refused others.
    var all = keys.compactMap(Self.key)
    guard let file else { return all }
    for line in String(decoding: try Files.read(file), as: UTF8.self).split(whereSeparator: \.isNewline) {
      let text = line.filter { !$0.isWhitespace }
      if text.isEmpty || text.hasPrefix("#") { continue }
      guard let key = Self.key(text) else {
        throw RelayServerError(.invalid, "\(file) must have one Ed25519 public key on each line: 32 bytes in base64")
      }
      all.append(key)
    }
    guard !all.isEmpty else { throw RelayServerError(.invalid, "\(file) has no public key") }
    return all
  }

  /// Returns the bytes of a key in base64; nil if it has another form.
  static func key(_ text: String) -> [UInt8]? {
    Base64.decode(text.utf8, padded: true).flatMap { $0.count == 32 ? $0 : nil }
  }
}
