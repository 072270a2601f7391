/// Bech32 (BIP 173) without the limit of 90 characters, as the age format uses it.
enum Bech32 {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let checksumLength = 6

  /// Encodes bytes.
  ///
  /// - Parameters:
  ///   - prefix: Human-readable part, in lowercase.
  ///   - data: Whole bytes.
  /// - Returns: The text in lowercase ASCII. The caller wipes it if `data` is a secret.
  static func encode(prefix: String, data: [UInt8]) -> [UInt8] {
    var values = regroup(data, from: 8, to: 5, padding: true) ?? []
    defer { cleanse(&values) }
    let prefix = Array(prefix.utf8)
    let remainder = checksum(prefix, values + [UInt8](repeating: 0, count: checksumLength)) ^ 1
    let tail = (0..<checksumLength).map { UInt8(truncatingIfNeeded: remainder >> UInt32(5 * (5 - $0))) & 31 }
    var text = prefix + [UInt8(ascii: "1")]
    text.reserveCapacity(text.count + values.count + tail.count)
    for value in values { text.append(alphabet[Int(value)]) }
    for value in tail { text.append(alphabet[Int(value)]) }
    return text
  }

  /// Decodes text.
  ///
  /// - Returns: The human-readable part in its original case, and the bytes, which the caller wipes if they are a
  ///   secret; or the defect of the text, in words that do not repeat it.
  static func decode(_ text: some Collection<UInt8>) -> Result<(prefix: String, data: [UInt8]), Defect> {
    let hasUpper = text.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    let hasLower = text.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    if hasUpper && hasLower { return .failure(Defect("it mixes upper and lower case")) }
    guard text.allSatisfy({ (33...126).contains($0) }) else { return .failure(Defect("it has an invalid character")) }
    var characters = text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    defer { cleanse(&characters) }
    guard let separator = characters.lastIndex(of: UInt8(ascii: "1")), separator > 0,
      characters.count - separator - 1 >= checksumLength
    else { return .failure(Defect("it is truncated")) }
    var values: [UInt8] = []
    values.reserveCapacity(characters.count)
    defer { cleanse(&values) }
    for character in characters[(separator + 1)...] {
      guard let value = alphabet.firstIndex(of: character) else {
        return .failure(Defect("it has an invalid character"))
      }
      values.append(UInt8(value))
    }
    guard checksum(Array(characters[..<separator]), values) == 1 else {
      return .failure(Defect("its checksum is wrong: a character is wrong or missing"))
    }
    values.removeLast(checksumLength)
    guard let data = regroup(values, from: 5, to: 8, padding: false) else {
      return .failure(Defect("it is not a whole number of bytes"))
    }
    return .success((String(decoding: text.prefix(separator), as: UTF8.self), data))
  }

  /// A defect of a text, as a clause that follows "because".
  struct Defect: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func checksum(_ prefix: [UInt8], _ values: [UInt8]) -> UInt32 {
    let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var remainder: UInt32 = 1
    func absorb(_ value: UInt8) {
      let top = remainder >> 25
      remainder = (remainder & 0x1ff_ffff) << 5 ^ UInt32(value)
      for (index, term) in generator.enumerated() where top >> UInt32(index) & 1 == 1 { remainder ^= term }
    }
    for byte in prefix { absorb(byte >> 5) }
    absorb(0)
    for byte in prefix { absorb(byte & 31) }
    for value in values { absorb(value) }
    return remainder
  }

  /// Regroups a bit string, most significant bit first, into groups of another width.
  ///
  /// - Returns: The groups; nil if padding is not allowed and the leftover bits form a whole group or are not all zero.
  private static func regroup(_ input: [UInt8], from: Int, to: Int, padding: Bool) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(input.count * from / to + 1)
    var bits: UInt32 = 0
    var count = 0
    for value in input {
      bits = (bits << UInt32(from) | UInt32(value)) & 0xffff
      count += from
      while count >= to {
        count -= to
        output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)) & UInt8(truncatingIfNeeded: (1 << to) - 1))
      }
    }
    let left = UInt8(truncatingIfNeeded: bits & ((1 << UInt32(count)) - 1))
    if padding {
      if count > 0 { output.append(left << UInt8(to - count)) }
    } else if count >= from || left != 0 {
      return nil
    }
    return output
  }
}
