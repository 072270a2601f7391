public import CRelayCore

/// Address and port of a UDP peer; IPv4 is stored as `::ffff:a.b.c.d`.
package typealias Endpoint = relay_endpoint

extension relay_endpoint: @retroactive Hashable {
  /// Whether address, port, local address and scope are equal.
  @inline(__always)
  public static func == (left: relay_endpoint, right: relay_endpoint) -> Bool {
    ((left.high ^ right.high) | (left.low ^ right.low) | (left.meta ^ right.meta)) == 0
  }

  /// Hashes address, port, local address and scope.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(high)
    hasher.combine(low)
    hasher.combine(meta)
  }
}

extension Endpoint {
  /// No endpoint.
  package static var none: Endpoint { Endpoint(high: 0, low: 0, meta: 0) }

  /// The prefix `::ffff:0:0/96`, as the upper half of `low`.
  private static let mappedPrefix: UInt64 = 0xFFFF

  /// Creates an IPv4 endpoint.
  ///
  /// - Parameter address: Four bytes, the first one most significant.
  package init(ipv4 address: UInt32, port: UInt16) {
    self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(address), meta: UInt64(port))
  }

  /// Creates an IPv6 endpoint.
  ///
  /// - Parameter scope: Interface of a link-local address, otherwise 0.
  package init(ipv6 high: UInt64, _ low: UInt64, port: UInt16, scope: UInt32 = 0) {
    self.init(high: high, low: low, meta: UInt64(port) | UInt64(scope) << 32)
  }

  /// Whether the address is an IPv4 address.
  @inline(__always)
  package var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }
  /// Port number.
  package var port: UInt16 { UInt16(truncatingIfNeeded: meta) }
  /// Interface of a link-local address, otherwise 0.
  package var scope: UInt32 { UInt32(truncatingIfNeeded: meta >> 32) }
  /// Whether this is no endpoint.
  package var isNone: Bool { meta & 0xFFFF == 0 }

  /// Whether this endpoint comes before another in an order that all members share.
  package func precedes(_ other: Endpoint) -> Bool { (high, low, meta) < (other.high, other.low, other.meta) }

  /// Bytes of the IP and UDP headers of a datagram to this endpoint.
  @inline(__always)
  package var headerBytes: Int64 { isIPv4 ? 28 : 48 }

  /// Source network for rate limits: the /24 of an IPv4 address, the /56 of an IPv6 address.
  package var sourcePrefix: UInt64 {
    isIPv4 ? 1 << 63 | (low & 0xFFFF_FF00) : high >> 8
  }

  /// All 24 bytes, for hashing and storage.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    for word in [high, low, meta] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  /// The address without the port: `192.0.2.1` or `2001:db8::1`.
  package var addressText: String {
    if isIPv4 {
      return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: low >> UInt64($0))) }.joined(separator: ".")
    }
    let groups = [high, low].flatMap { half in
      [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
    }
    // RFC 5952: the longest run of two or more zeros becomes `::`; if there are several, the first.
    var best = 0..<0
    var start: Int?
    for (index, group) in (groups + [1]).enumerated() {
      if group == 0, index < groups.count {
        start = start ?? index
      } else if let begin = start {
        if index - begin > max(best.count, 1) { best = begin..<index }
        start = nil
      }
    }
    func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    let address =
      best.isEmpty
      ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    return scope == 0 ? address : "\(address)%\(scope)"
  }
}

extension relay_endpoint: @retroactive CustomStringConvertible {
  /// `192.0.2.1:51820` or `[2001:db8::1]:51820`.
  public var description: String { isIPv4 ? "\(addressText):\(port)" : "[\(addressText)]:\(port)" }
}
