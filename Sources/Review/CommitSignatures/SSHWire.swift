/// A reader of the SSH wire encoding (RFC 4251, section 5).
struct SSHWire {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(Array(bytes)) }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func number() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    let value = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    rest = rest.dropFirst(4)
    return value
  }

  mutating func string() -> [UInt8]? {
    guard let count = number(), count <= rest.count else { return nil }
    let value = Array(rest.prefix(Int(count)))
    rest = rest.dropFirst(Int(count))
    return value
  }

  mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

  /// Returns a string in the wire encoding.
  static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let count = UInt32(clamping: bytes.count)
    return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + bytes
  }
}
