/// What the WireGuard paper fixes (J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel"), sections 5.4
/// and 6. Choices of this relay stand in `RelayLimits`.
package enum WireGuard {
  /// The first little-endian word of a message.
  package enum MessageType {
    package static let initiation: UInt32 = 1
    package static let response: UInt32 = 2
    package static let cookieReply: UInt32 = 3
    package static let transportData: UInt32 = 4
  }

  /// Bytes of a message.
  package enum Length {
    package static let initiation = 148
    package static let response = 92
    package static let cookieReply = 64
    /// Header (16) and the tag of an empty packet (16).
    package static let keepalive = 32
    package static let mac = 16
    package static let publicKey = 32
  }

  /// Where a field begins, in bytes.
  package enum Offset {
    package static let sender = 4
    package static let receiverInResponse = 8
    package static let receiver = 4
    package static let counter = 8
    package static let cookieNonce = 8
    package static let sealedCookie = 32
  }

  package static let labelMAC1 = "mac1----"
  package static let labelCookie = "cookie--"

  /// Section 6.1, in seconds.
  package static let rekeyAfter: UInt64 = 120
  package static let rejectAfter: UInt64 = 180
  package static let rekeyTimeout: UInt64 = 5
  package static let rekeyAttempt: UInt64 = 90
  package static let cookieLife: UInt64 = 120
}
