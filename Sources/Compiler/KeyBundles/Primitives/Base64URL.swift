/// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5), as JOSE and cookies need it.
package enum Base64URL {
  package static func encode(_ bytes: [UInt8]) -> String {
    let text = Base64.encode(bytes, padded: false).map { byte in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: byte
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// - Returns: nil if `text` is not exactly what ``encode(_:)`` writes.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var standard: [UInt8] = []
    standard.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"): return nil
      default: standard.append(byte)
      }
    }
    return Base64.decode(standard, padded: false)
  }
}
