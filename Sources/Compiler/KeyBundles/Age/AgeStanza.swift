/// One recipient's part of an age header: a type, its arguments, and a body that wraps the file key.
package struct AgeStanza: Sendable, Equatable {
  /// The type, followed by the arguments; each is one or more visible ASCII characters.
  package let arguments: [String]

  /// Decoded bytes of the body.
  package let body: [UInt8]

  /// Type of the recipient. Stanzas of unknown types are skipped; they are not an error.
  package var type: String { arguments.first ?? "" }

  /// Appends the stanza's lines to `output`.
  ///
  /// The last line of the body is always shorter than a full one, and empty if necessary.
  func write(to output: inout [UInt8]) {
    output += Array((AgeFormat.stanzaPrefix + arguments.joined(separator: " ") + "\n").utf8)
    let text = Base64.encode(body, padded: false)
    var start = 0
    while true {
      let line = text[start..<min(start + AgeFormat.bodyColumns, text.count)]
      output += line
      output.append(UInt8(ascii: "\n"))
      if line.count < AgeFormat.bodyColumns { break }
      start += line.count
    }
  }
}
