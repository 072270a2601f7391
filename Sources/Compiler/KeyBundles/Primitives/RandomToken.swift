/// Random bytes and texts of the system's generator: unguessable names, cookies and bearer tokens.
package enum RandomToken {
  /// Bytes of a token that nobody can guess.
  private static let length = 32

  package static func bytes(count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    // Each number is a system call, so all eight of its bytes are used.
    while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    return Array(bytes.prefix(count))
  }

  /// 256 random bits in Base64 for URLs: 43 characters.
  package static func base64URL() -> String { Base64URL.encode(bytes(count: length)) }

  /// 256 random bits in hexadecimal: 64 lower-case digits.
  package static func hexadecimal() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes(count: length).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
