/// The text form of an age file: strict PEM (RFC 7468, section 3) with 64 columns.
package enum AgeArmor {
  private static let beginLine = "-----BEGIN AGE ENCRYPTED FILE-----"
  private static let endLine = "-----END AGE ENCRYPTED FILE-----"
  private static let columns = 64

  /// Returns a binary age file as armored text, with a final line break.
  package static func encode(_ file: [UInt8]) -> String {
    let text = Base64.encode(file, padded: true)
    var armored = Array((beginLine + "\n").utf8)
    armored.reserveCapacity(text.count + text.count / columns + 80)
    for start in stride(from: 0, to: text.count, by: columns) {
      armored += text[start..<min(start + columns, text.count)]
      armored.append(UInt8(ascii: "\n"))
    }
    armored += Array((endLine + "\n").utf8)
    return String(decoding: armored, as: UTF8.self)
  }

  /// Returns whether `bytes`, after any white space, begin like armored text. The rest is not checked.
  package static func isArmored(_ bytes: [UInt8]) -> Bool {
    bytes.drop(while: isSpace).starts(with: beginLine.utf8)
  }

  /// Decodes armored text strictly.
  ///
  /// Accepts LF and CRLF, and white space before and after the whole text.
  ///
  /// - Parameter text: Bytes of the text.
  /// - Returns: The binary file.
  /// - Throws: `armorFailure`.
  package static func decode(_ text: [UInt8]) throws(KeyBundleError) -> [UInt8] {
    var lines = lines(of: text)[...]
    while let line = lines.first, line.allSatisfy(isSpace) { lines.removeFirst() }
    while let line = lines.last, line.allSatisfy(isSpace) { lines.removeLast() }
    guard let first = lines.popFirst(), first.elementsEqual(beginLine.utf8) else {
      throw failure("the text does not begin with a line `\(beginLine)`")
    }
    guard let last = lines.popLast(), last.elementsEqual(endLine.utf8) else {
      throw failure("the text does not end with a line `\(endLine)`")
    }
    guard lines.dropLast().allSatisfy({ $0.count == columns }),
      lines.last.map({ (1...columns).contains($0.count) }) ?? true
    else { throw failure("a line between the first and the last is not 64 columns wide") }
    var base64: [UInt8] = []
    base64.reserveCapacity(text.count)
    for line in lines { base64 += line }
    guard let file = Base64.decode(base64, padded: true) else {
      throw failure("the lines between the first and the last are not canonical base64")
    }
    return file
  }

  /// Decodes armored text strictly, like `decode(_:)` for bytes.
  ///
  /// - Throws: `armorFailure`.
  package static func decode(_ text: String) throws(KeyBundleError) -> [UInt8] { try decode(Array(text.utf8)) }

  /// Returns the lines without their breaks, each LF or CRLF.
  private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    let parts = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return parts.enumerated().map { index, line in
      // The last part has no line break after it, so a CR there is content.
      index < parts.count - 1 && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func failure(_ reason: String) -> KeyBundleError {
    KeyBundleError(.armorFailure, reason + "; copy the complete text, as `age -a` or `wpex seal` printed it")
  }
}
