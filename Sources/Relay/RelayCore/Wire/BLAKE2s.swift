import CRelayCore

/// BLAKE2s (RFC 7693) as used by WireGuard.
package enum BLAKE2s {
  /// Returns the hash of `data`.
  ///
  /// - Parameters:
  ///   - data: Data to hash.
  ///   - key: At most 32 bytes.
  ///   - length: Length of the hash, 1 to 32 bytes.
  package static func hash(_ data: some Collection<UInt8>, key: [UInt8] = [], length: Int = 32) -> [UInt8] {
    let data = Array(data)
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      relay_blake2s(buffer.baseAddress, length, key, key.count, data, data.count)
      count = length
    }
  }

  /// Returns the 16-byte MAC of WireGuard's `Mac(key, input)`.
  package static func mac(_ data: some Collection<UInt8>, key: [UInt8]) -> [UInt8] {
    hash(data, key: key, length: WireGuard.Length.mac)
  }
}
