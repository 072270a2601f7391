import LanguageServer
import TextFormats
import TestSupport
import Testing

@Suite struct EditorTextTests {
  @Test(arguments: [
    (PositionEncoding.utf16, 0, 0, 0), (.utf16, 0, 1, 1), (.utf16, 0, 2, 3), (.utf16, 0, 4, 7), (.utf16, 0, 3, 3),
    (.utf16, 0, 5, 8), (.utf16, 0, 99, 8), (.utf16, 1, 0, 10), (.utf16, 2, 0, 12), (.utf16, 3, 0, 14),
    (.utf16, 9, 0, 15),
    (.utf8, 0, 3, 3), (.utf8, 0, 2, 1), (.utf8, 0, 7, 7), (.utf8, 0, 99, 8),
  ])
  func positionsBecomeOffsets(_ encoding: PositionEncoding, _ line: Int, _ character: Int, _ offset: Int) {
    // a é 😀 b CRLF c CR d LF e
    let text = EditorText(Array("aé😀b\r\nc\rd\ne".utf8))
    #expect(text.offset(of: EditorPosition(line: line, character: character), encoding) == offset)
  }

  @Test(arguments: [PositionEncoding.utf16, .utf8])
  func offsetsAndPositionsAgree(_ encoding: PositionEncoding) {
    let text = EditorText(Array("ä: 😀\r\n  b: \"x\"\n\n# ☃ end".utf8))
    for offset in 0...text.bytes.count {
      // Only where a character begins, and not within a line's end.
      if offset < text.bytes.count, text.bytes[offset] & 0xC0 == 0x80 || text.bytes[offset] == 0x0A { continue }
      #expect(text.offset(of: text.position(of: offset, encoding), encoding) == offset)
    }
  }

  /// A client that edits lines of UTF-16 code units by itself must always have the server's text.
  @Test func randomEditsKeepBothTextsEqual() {
    var random = SystemRandomNumberGenerator()
    let pieces = ["a", "é", "😀", "\n", "\r\n", "key: value\n", "  ", "", "ß\n\n", "- [x, 😀]\n"]
    for _ in 0..<40 {
      var client = Array("name: “é” 😀\nspec:\n  a: 1\n".utf16)
      var server = EditorText(Array(String(decoding: client, as: UTF16.self).utf8))
      for _ in 0..<50 {
        let from = Self.boundary(client, &random)
        let to = Self.boundary(client, &random)
        let (first, last) = (min(from, to), max(from, to))
        let text = pieces.randomElement(using: &random) ?? ""
        server.replace(
          from: Self.position(client, first), to: Self.position(client, last), with: text, .utf16)
        client.replaceSubrange(first..<last, with: text.utf16)
        #expect(server.bytes == Array(String(decoding: client, as: UTF16.self).utf8))
      }
    }
  }

  /// An index that splits neither a surrogate pair nor a CRLF.
  private static func boundary(_ text: [UInt16], _ random: inout SystemRandomNumberGenerator) -> Int {
    while true {
      let index = Int.random(in: 0...text.count, using: &random)
      let splitsPair = index < text.count && UTF16.isTrailSurrogate(text[index])
      let splitsEnd = index > 0 && index < text.count && text[index - 1] == 13 && text[index] == 10
      if !splitsPair, !splitsEnd { return index }
    }
  }

  private static func position(_ text: [UInt16], _ index: Int) -> EditorPosition {
    var line = 0
    var start = 0
    for position in 0..<index
    where text[position] == 10 || (text[position] == 13 && position + 1 < text.count && text[position + 1] != 10) {
      line += 1
      start = position + 1
    }
    // A carriage return alone at the text's end ends a line too.
    if index > 0, index == text.count, text[index - 1] == 13 {
      line += 1
      start = index
    }
    return EditorPosition(line: line, character: index - start)
  }
}

@Suite struct FileURITests {
  @Test(arguments: [
    ("file:///a/b.yaml", "/a/b.yaml"), ("file:///a%20b/%C3%A9.yaml", "/a b/é.yaml"), ("FILE://localhost/x", "/x"),
    ("file:///a/./b//c/", "/a/b/c"), ("file:///a/../b", "/b"), ("file:///", "/"),
  ])
  func paths(_ uri: String, _ path: String) { #expect(FileURI.path(of: uri) == path) }

  @Test(arguments: [
    "untitled:Untitled-1", "file://host/a", "file:///..", "file:///%zz", "file:///%0", "file:///a%00b", "", "file:",
  ])
  func others(_ uri: String) { #expect(FileURI.path(of: uri) == nil) }

  @Test(arguments: ["/a b/é.yaml", "/x", "/100%/#?.yaml"])
  func roundTrip(_ path: String) { #expect(FileURI.path(of: FileURI.uri(of: path)) == path) }
}
