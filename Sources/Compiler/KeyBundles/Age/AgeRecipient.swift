/// An age X25519 recipient: the public half of an identity, written `age1…`.
package struct AgeRecipient: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The public point, 32 bytes.
  let point: [UInt8]

  /// Parses `age1…`.
  ///
  /// - Throws: `invalidRecipient` if `text` is not an X25519 recipient; the reason says why.
  package init(_ text: String) throws(KeyBundleError) {
    let decoded: (prefix: String, data: [UInt8])
    switch Bech32.decode(text.utf8) {
    case .success(let value): decoded = value
    case .failure(let defect):
      throw Self.refusal("this is not an age recipient, because \(defect.reason)")
    }
    guard decoded.prefix == AgeFormat.recipientPrefix else {
      if decoded.prefix.lowercased() == AgeFormat.identityPrefix.lowercased() {
        throw Self.refusal(
          "this is an age identity, which is secret; remove it, replace it, and use its recipient here")
      }
      throw Self.refusal("only X25519 recipients (`age1…`) are supported, no plugins and no other kinds")
    }
    guard decoded.data.count == X25519.length else {
      throw Self.refusal("an X25519 recipient has 32 bytes, this one has \(decoded.data.count)")
    }
    try self.init(point: decoded.data)
  }

  /// Makes the recipient with a public point of 32 bytes.
  ///
  /// - Throws: `invalidRecipient` if `point` is of low order: anyone could decrypt what is encrypted to it.
  init(point: [UInt8]) throws(KeyBundleError) {
    guard !WireGuardKey.isLowOrder(point) else {
      throw Self.refusal("it is a low-order point, so anybody could decrypt the file")
    }
    self.point = point
  }

  /// The recipient as `age -r` accepts it, in lowercase.
  package var text: String {
    String(decoding: Bech32.encode(prefix: AgeFormat.recipientPrefix, data: point), as: UTF8.self)
  }

  package var description: String { text }

  /// Orders recipients by the bytes of their points, which is the order of their stanzas.
  package static func < (left: AgeRecipient, right: AgeRecipient) -> Bool {
    left.point.lexicographicallyPrecedes(right.point)
  }

  /// Returns the recipients sorted and without duplicates, so that their original order does not affect the output.
  static func normalized(_ recipients: [AgeRecipient]) -> [AgeRecipient] {
    recipients.sorted().reduce(into: []) { unique, next in if unique.last != next { unique.append(next) } }
  }

  private static func refusal(_ reason: String) -> KeyBundleError {
    KeyBundleError(.invalidRecipient, reason + "; `age-keygen -y` prints the recipient of an identity")
  }
}
