/// Detection of private keys in a text of any language.
///
/// It recognizes their complete form, so a page that merely mentions them does not match.
struct PrivateKeys {
  /// A private key.
  struct Found: Sendable, Equatable {
    /// Range of the mark or key in bytes.
    let range: Range<Int>
    /// Kind of key, with its article.
    let what: String
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var found: [Found] = []

  /// Returns the first key of each form, in the order of the text.
  ///
  /// - Parameters:
  ///   - bytes: Content of the file.
  ///   - path: Path of the file, whose last part decides whether a lone key is private.
  static func find(in bytes: [UInt8], path: String) -> [Found] {
    bytes.withUnsafeBufferPointer { buffer in
      var search = PrivateKeys(bytes: buffer)
      search.run(path)
      return search.found
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func run(_ path: String) {
    if let range = loneKey, Self.isNameOfPrivateKey(path) {
      add(range, "a WireGuard private key")
    }
    for offset in bytes.indices {
      switch bytes[offset] {
      case UInt8(ascii: "A"), UInt8(ascii: "a"): findAgeKey(at: offset)
      case UInt8(ascii: "-"): findPEM(at: offset)
      case UInt8(ascii: "P"), UInt8(ascii: "p"): findWireGuardKey(at: offset)
      default: break
      }
    }
  }

  private mutating func add(_ range: Range<Int>, _ what: String) {
    guard !found.contains(where: { $0.what == what }) else { return }
    found.append(Found(range: range, what: what))
  }

  // MARK: - Forms

  /// Adds an age key: `AGE-SECRET-KEY-1` or `AGE-SECRET-KEY-PQ-1`, in either case, and at least 58 letters or digits.
  private mutating func findAgeKey(at offset: Int) {
    for mark in ["age-secret-key-1", "age-secret-key-pq-1"] where matches(mark, at: offset) {
      let start = offset + mark.utf8.count
      let end = bytes[start...].firstIndex { !Self.isLetterOrDigit($0) } ?? bytes.count
      if end - start >= 58 { add(offset..<start, "an age secret key") }
    }
  }

  /// Adds a PEM or OpenSSH private key: its first line, soon followed by at least 32 characters of base64.
  ///
  /// Backslashes and quotes may separate the lines, as in JSON.
  private mutating func findPEM(at offset: Int) {
    let begin = "-----BEGIN "
    let mark = "PRIVATE KEY"
    guard matches(begin, at: offset) else { return }
    let end = min(bytes.count, offset + 64)
    guard let place = (offset + begin.utf8.count..<end).first(where: { matches(mark, at: $0) }),
      bytes[offset..<place].allSatisfy({ $0 != UInt8(ascii: "\n") })
    else { return }
    var run = 0
    for position in place + mark.utf8.count..<min(bytes.count, place + 512) {
      if matches("-----END", at: position) { return }
      run = Self.isBase64(bytes[position]) ? run + 1 : 0
      if run == 32 {
        add(offset..<place + mark.utf8.count, "a private key")
        return
      }
    }
  }

  /// Adds a WireGuard key: `PrivateKey = …`, `private_key: "…"` and the like, and the same for preshared keys.
  private mutating func findWireGuardKey(at offset: Int) {
    guard offset == 0 || !Self.isLetterOrDigit(bytes[offset - 1]) else { return }
    for (word, what) in [("private", "a WireGuard private key"), ("preshared", "a WireGuard preshared key")]
    where matches(word, at: offset) {
      var position = offset + word.utf8.count
      func skip(_ isSkipped: (UInt8) -> Bool) {
        while position < bytes.count, isSkipped(bytes[position]) { position += 1 }
      }
      skip { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") }
      guard matches("key", at: position) else { continue }
      position += 3
      let end = position
      skip { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") || Self.isBlank($0) }
      guard position < bytes.count, bytes[position] == UInt8(ascii: "=") || bytes[position] == UInt8(ascii: ":") else {
        continue
      }
      position += 1
      skip { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") || Self.isBlank($0) }
      if isKey(at: position) { add(offset..<end, what) }
    }
  }

  /// The range of a WireGuard key that is the file's only content.
  private var loneKey: Range<Int>? {
    guard let start = bytes.firstIndex(where: { !Self.isBlank($0) }), isKey(at: start),
      bytes[(start + 44)...].allSatisfy(Self.isBlank)
    else { return nil }
    return start..<start + 44
  }

  /// Returns whether a path looks like the output of `wg genkey` or `wg genpsk`: `genoa.key`, `privatekey`, `psk`.
  private static func isNameOfPrivateKey(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    return name.hasSuffix(".key") || name.hasSuffix(".psk") || name == "psk"
      || ["private", "privkey", "secret", "preshared"].contains { name.contains($0) }
  }

  // MARK: - Characters

  /// Returns whether 32 bytes in base64 begin at an offset, with no further base64 character after them.
  private func isKey(at start: Int) -> Bool {
    guard start + 44 <= bytes.count, bytes[start + 43] == UInt8(ascii: "=") else { return false }
    guard bytes[start..<start + 43].allSatisfy({ Self.isBase64($0) && $0 != UInt8(ascii: "=") }) else { return false }
    return start + 44 == bytes.count || !Self.isBase64(bytes[start + 44])
  }

  /// Returns whether a text is at an offset, ignoring case.
  private func matches(_ text: String, at offset: Int) -> Bool {
    guard offset + text.utf8.count <= bytes.count else { return false }
    return zip(text.utf8, bytes[offset...]).allSatisfy { Self.lower($0) == Self.lower($1) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(lower(byte))
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
  }
}
