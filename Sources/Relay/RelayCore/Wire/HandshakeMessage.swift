import CRelayCore

/// A message of a handshake: an initiation, a response or a cookie reply, of exactly the length of its type.
package struct HandshakeMessage: Sendable, Equatable {
  package enum Kind: Sendable { case initiation, response, cookieReply }

  package let kind: Kind
  package private(set) var bytes: [UInt8]

  /// - Returns: Nil where the bytes are no such message.
  package init?(_ bytes: [UInt8]) {
    guard let kind = bytes.withUnsafeBytes({ Self.kind(of: $0) }) else { return nil }
    self.kind = kind
    self.bytes = bytes
  }

  /// What the bytes are, by type and length.
  package static func kind(of bytes: UnsafeRawBufferPointer) -> Kind? {
    guard bytes.count >= 4 else { return nil }
    switch (UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)), bytes.count) {
    case (WireGuard.MessageType.initiation, WireGuard.Length.initiation): return .initiation
    case (WireGuard.MessageType.response, WireGuard.Length.response): return .response
    case (WireGuard.MessageType.cookieReply, WireGuard.Length.cookieReply): return .cookieReply
    default: return nil
    }
  }

  /// The index by which the sender wants to be answered; 0 in a cookie reply, which has none.
  package var sender: UInt32 { kind == .cookieReply ? 0 : word(at: WireGuard.Offset.sender) }

  /// The index of whom it answers; 0 in an initiation, which has none.
  package var receiver: UInt32 {
    switch kind {
    case .initiation: 0
    case .response: word(at: WireGuard.Offset.receiverInResponse)
    case .cookieReply: word(at: WireGuard.Offset.receiver)
    }
  }

  /// Bytes that mac1 covers.
  var mac1Covers: Int { bytes.count - 2 * WireGuard.Length.mac }
  var mac1: ArraySlice<UInt8> { bytes[mac1Covers..<mac1Covers + WireGuard.Length.mac] }
  var mac2: ArraySlice<UInt8> { bytes[(bytes.count - WireGuard.Length.mac)...] }
  var hasMAC2: Bool { kind != .cookieReply && mac2.contains { $0 != 0 } }

  /// Takes mac2 away. Nobody but this relay, which gave the cookie, can use it.
  mutating func clearMAC2() {
    for index in bytes.count - WireGuard.Length.mac..<bytes.count { bytes[index] = 0 }
  }

  private func word(at offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
