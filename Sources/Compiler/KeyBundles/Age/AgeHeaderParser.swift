/// A parser of an age header, with a method for each kind of line.
struct AgeHeaderParser {
  private let bytes: [UInt8]

  /// Offset of the first unread byte, which always begins a line.
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Skips the first line.
  ///
  /// - Throws: `headerFailure` if the file has another format or version.
  mutating func readVersion() throws(KeyBundleError) {
    guard let line = readLine(), line.elementsEqual(AgeFormat.versionLine.utf8) else {
      throw failure("this is not an age file of version 1")
    }
  }

  /// Returns the stanza at the current line, or nil if that is the header's last line.
  ///
  /// - Throws: `headerFailure`.
  mutating func readStanza() throws(KeyBundleError) -> AgeStanza? {
    let start = position
    guard let line = readLine() else { throw failure("the header is truncated") }
    guard line.starts(with: AgeFormat.stanzaPrefix.utf8) else {
      guard line.starts(with: AgeFormat.footerPrefix.utf8) else {
        throw failure("a line begins neither a stanza nor the header's end")
      }
      position = start
      return nil
    }
    let words = line.dropFirst(AgeFormat.stanzaPrefix.utf8.count)
      .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    // Visible ASCII: VCHAR of RFC 5234.
    guard words.allSatisfy({ word in !word.isEmpty && word.allSatisfy { (0x21...0x7e).contains($0) } }) else {
      throw failure("a stanza has an empty argument or a character that is not visible ASCII")
    }
    return AgeStanza(arguments: words.map { String(decoding: $0, as: UTF8.self) }, body: try readBody())
  }

  /// Returns the authentication code on the header's last line.
  ///
  /// - Throws: `headerFailure`.
  mutating func readFooter() throws(KeyBundleError) -> [UInt8] {
    let prefix = AgeFormat.footerPrefix + " "
    guard let line = readLine(), line.starts(with: prefix.utf8),
      let mac = Base64.decode(line.dropFirst(prefix.utf8.count), padded: false), mac.count == AgeFormat.macLength
    else { throw failure("the header's last line is not three dashes, a space and the base64 of 32 bytes") }
    return mac
  }

  private mutating func readBody() throws(KeyBundleError) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      guard let line = readLine(limit: AgeFormat.bodyColumns),
        let part = Base64.decode(line, padded: false)
      else { throw failure("a stanza's body is not base64 in lines of 64 columns that end with a shorter one") }
      body += part
      if line.count < AgeFormat.bodyColumns { return body }
    }
  }

  /// Returns the bytes up to the next line break, and skips the break; nil if there is none within `limit` bytes.
  private mutating func readLine(limit: Int = .max) -> ArraySlice<UInt8>? {
    let rest = bytes[position...]
    let window = limit < rest.count ? rest.prefix(limit + 1) : rest
    guard let end = window.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    position = end + 1
    return bytes[rest.startIndex..<end]
  }

  private func failure(_ reason: String) -> KeyBundleError { KeyBundleError(.headerFailure, reason) }
}
