import CRelayCore

/// Caps of a relay; nil means unlimited.
package struct Caps: Sendable, Equatable {
  /// Bits per second of the whole relay.
  package var relayBitsPerSecond: UInt64?
  /// Packets per second of the whole relay.
  package var relayPacketsPerSecond: UInt64?
  /// Bits per second of each key.
  package var keyBitsPerSecond: UInt64?
  /// Packets per second of each key.
  package var keyPacketsPerSecond: UInt64?

  /// Creates caps without limits.
  package init() {}

  /// Bytes per second of the whole relay.
  var relayBytesPerSecond: UInt64? { relayBitsPerSecond.map { $0 / 8 } }
  /// Bytes per second of each key.
  var keyBytesPerSecond: UInt64? { keyBitsPerSecond.map { $0 / 8 } }

  /// Whether nothing is limited.
  package var isEmpty: Bool { self == Caps() }
}
