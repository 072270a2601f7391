import COpenSSL

/// Strict base64 with the standard alphabet (RFC 4648, section 4): each byte string has exactly one text.
package enum Base64 {
  /// Encodes bytes.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes.
  ///   - padded: Whether `=` fills the last group of four.
  /// - Returns: The text in ASCII.
  package static func encode(_ bytes: [UInt8], padded: Bool) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    // EVP_EncodeBlock takes a 32-bit length, so larger inputs are processed in slices of whole groups.
    var start = 0
    while start < bytes.count {
      let end = min(start + slice, bytes.count)
      text += bytes[start..<end].withUnsafeBufferPointer { source in
        // EVP_EncodeBlock ends its output with a NUL.
        [UInt8](unsafeUninitializedCapacity: (source.count + 2) / 3 * 4 + 1) { target, count in
          count = Int(EVP_EncodeBlock(target.baseAddress, source.baseAddress, Int32(source.count)))
        }
      }
      start = end
    }
    if !padded { while text.last == UInt8(ascii: "=") { text.removeLast() } }
    return text
  }

  /// Decodes text strictly.
  ///
  /// - Parameters:
  ///   - text: The text in ASCII.
  ///   - padded: Whether `=` fills the last group of four.
  /// - Returns: The bytes; nil if `text` is not exactly what `encode` returns: a foreign character, missing or
  ///   superfluous padding, white space, or set bits after the last byte.
  package static func decode(_ text: some Collection<UInt8>, padded: Bool) -> [UInt8]? {
    let text = Array(text)
    guard !text.isEmpty else { return [] }
    let significant = text.count - (padded ? text.reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0)
    guard significant % 4 != 1, !padded || text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 3)
    var start = 0
    while start < text.count {
      var block = Array(text[start..<min(start + slice / 3 * 4, text.count)])
      start += block.count
      while block.count % 4 != 0 { block.append(UInt8(ascii: "=")) }
      var accepted = true
      bytes += [UInt8](unsafeUninitializedCapacity: block.count / 4 * 3) { target, count in
        let written = EVP_DecodeBlock(target.baseAddress, block, Int32(block.count))
        accepted = written >= 0
        count = max(0, Int(written))
      }
      guard accepted else {
        ERR_clear_error()
        return nil
      }
    }
    let count = significant / 4 * 3 + max(0, significant % 4 - 1)
    guard count <= bytes.count else { return nil }
    bytes.removeLast(bytes.count - count)
    // OpenSSL's decoder is lenient (it trims, and drops stray bits); the round trip makes this one strict.
    return encode(bytes, padded: padded) == text ? bytes : nil
  }

  /// Length of a slice in bytes, a multiple of 3.
  private static let slice = 3 << 20
}
