/// Constants of the WireGuard protocol (J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", sections
/// 5.4 and 6). This relay's own choices are in `RelayLimits`.
package enum WireGuard {
  /// Message types: the first word of a message, little-endian.
  package enum MessageType {
    /// Handshake initiation (section 5.4.2).
    package static let initiation: UInt32 = 1
    /// Handshake response (section 5.4.3).
    package static let response: UInt32 = 2
    /// Cookie reply (section 5.4.7).
    package static let cookieReply: UInt32 = 3
    /// Transport data (section 5.4.6).
    package static let transportData: UInt32 = 4
  }

  /// Lengths in bytes.
  package enum Length {
    /// Length of an initiation.
    package static let initiation = 148
    /// Length of a response.
    package static let response = 92
    /// Length of a cookie reply.
    package static let cookieReply = 64
    /// Length of a keepalive: the header (16) and the tag of an empty packet (16). The shortest transport message.
    package static let keepalive = 32
    /// Length of mac1 and of mac2.
    package static let mac = 16
    /// Length of a public key.
    package static let publicKey = 32
  }

  /// Offsets of fields in bytes.
  package enum Offset {
    /// Sender index of an initiation or response.
    package static let sender = 4
    /// Receiver index of a response.
    package static let receiverInResponse = 8
    /// Receiver index of a cookie reply or transport message.
    package static let receiver = 4
    /// Counter of a transport message.
    package static let counter = 8
    /// Nonce of a cookie reply.
    package static let cookieNonce = 8
    /// Encrypted cookie of a cookie reply.
    package static let sealedCookie = 32
  }

  /// Label in the derivation of the mac1 key.
  package static let labelMAC1 = "mac1----"
  /// Label in the derivation of the cookie encryption key.
  package static let labelCookie = "cookie--"

  /// Seconds after which a session's initiator starts a new handshake (section 6.1).
  package static let rekeyAfter: UInt64 = 120
  /// Seconds after which a session must no longer be used.
  package static let rejectAfter: UInt64 = 180
  /// Seconds between retries of an initiation.
  package static let rekeyTimeout: UInt64 = 5
  /// Seconds after which an unanswered initiator gives up.
  package static let rekeyAttempt: UInt64 = 90
  /// Lifetime of a cookie in seconds.
  package static let cookieLife: UInt64 = 120
}
