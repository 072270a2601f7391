import CRelayCore

/// BLAKE2s (RFC 7693), as WireGuard uses it.
package enum BLAKE2s {
  /// - Parameters:
  ///   - key: at most 32 bytes.
  ///   - length: 1 to 32 bytes.
  package static func hash(_ data: some Collection<UInt8>, key: [UInt8] = [], length: Int = 32) -> [UInt8] {
    let data = Array(data)
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      relay_blake2s(buffer.baseAddress, length, key, key.count, data, data.count)
      count = length
    }
  }

  /// The 16-byte MAC of WireGuard's `Mac(key, input)`.
  package static func mac(_ data: some Collection<UInt8>, key: [UInt8]) -> [UInt8] {
    hash(data, key: key, length: WireGuard.Length.mac)
  }
}
