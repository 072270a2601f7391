import CRelayCore

/// A handshake message: an initiation, response or cookie reply of exactly the length of its type.
package struct HandshakeMessage: Sendable, Equatable {
  /// Type of a message.
  package enum Kind: Sendable { case initiation, response, cookieReply }

  /// Type of the message.
  package let kind: Kind
  /// The whole message.
  package private(set) var bytes: [UInt8]

  /// Parses a message; nil if type or length do not match.
  package init?(_ bytes: [UInt8]) {
    guard let kind = bytes.withUnsafeBytes({ Self.kind(of: $0) }) else { return nil }
    self.kind = kind
    self.bytes = bytes
  }

  /// Returns the type of a message by its first word and length; nil if it is not a handshake message.
  package static func kind(of bytes: UnsafeRawBufferPointer) -> Kind? {
    guard bytes.count >= 4 else { return nil }
    switch (UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)), bytes.count) {
    case (WireGuard.MessageType.initiation, WireGuard.Length.initiation): return .initiation
    case (WireGuard.MessageType.response, WireGuard.Length.response): return .response
    case (WireGuard.MessageType.cookieReply, WireGuard.Length.cookieReply): return .cookieReply
    default: return nil
    }
  }

  /// The sender's index; 0 in a cookie reply, which has none.
  package var sender: UInt32 { kind == .cookieReply ? 0 : word(at: WireGuard.Offset.sender) }

  /// The receiver's index; 0 in an initiation, which has none.
  package var receiver: UInt32 {
    switch kind {
    case .initiation: 0
    case .response: word(at: WireGuard.Offset.receiverInResponse)
    case .cookieReply: word(at: WireGuard.Offset.receiver)
    }
  }

  /// Number of bytes that mac1 covers.
  var mac1Covers: Int { bytes.count - 2 * WireGuard.Length.mac }
  /// The first MAC, keyed with the receiver's public key.
  var mac1: ArraySlice<UInt8> { bytes[mac1Covers..<mac1Covers + WireGuard.Length.mac] }
  /// The second MAC, keyed with a cookie; all zero without one.
  var mac2: ArraySlice<UInt8> { bytes[(bytes.count - WireGuard.Length.mac)...] }
  /// Whether mac2 is set.
  var hasMAC2: Bool { kind != .cookieReply && mac2.contains { $0 != 0 } }

  /// Zeroes mac2, which only this relay can verify because it issued the cookie.
  mutating func clearMAC2() {
    for index in bytes.count - WireGuard.Length.mac..<bytes.count { bytes[index] = 0 }
  }

  private func word(at offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
