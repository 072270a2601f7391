import TextFormats
import TestSupport
import Testing

@Suite struct WrittenLanguageTests {
  /// A reader of each language, which shares no code with wpex, reads every text back.
  @Test(arguments: WrittenLanguage.allCases)
  func readerSeesTheTextThatWasMeant(_ language: WrittenLanguage) throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(HostileTexts(language: language).lines(), to: "\(folder)/pairs")
      let outcome = try Judge.run("escaping.py", language.rawValue, "\(folder)/pairs", folder: folder)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
  }

  /// The ranges that are written out are those of Unicode, as far as this toolchain knows it.
  @Test func hiddenScalarsAreThoseOfUnicode() {
    let wrong = HostileTexts.all.filter { scalar in
      let isHidden =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isDefaultIgnorableCodePoint && !(0xFE00...0xFE0F).contains(scalar.value)
        }
      return scalar.isHidden != isHidden
    }
    #expect(wrong.map { String($0.value, radix: 16) } == [])
  }

  @Test func troublesomeScalarsAreMany() { #expect(HostileTexts.troublesome.count > 2_500) }

  @Test(arguments: [
    ("x`\u{301} @admins", "``x`\u{301} @admins``"), ("", "nothing"), ("`", "`` ` ``"), (" ", "` `"),
    ("a\r\nb", "`a<U+D><U+A>b`"),
  ])
  func markdownCode(_ text: String, _ expected: String) { #expect(MarkdownText.code(text) == expected) }

  /// What nobody sees is written out; what chooses the picture of an emoji is seen.
  @Test(arguments: [
    ("a\u{200B}b", "a<U+200B>b"), ("a\u{A0}b", "a<U+A0>b"), ("a\u{3000}", "a<U+3000>"), ("\u{2800}", "<U+2800>"),
    ("a\u{FE0F}", "a<U+FE0F>"), ("a\u{FE00}", "a<U+FE00>"), ("\u{FE0F}", "<U+FE0F>"), ("1\u{FE0F}", "1<U+FE0F>"),
    (String(decoding: [0x61, 0xEF, 0xBF, 0xBF], as: UTF8.self), "a<U+FFFF>"), ("\u{E0061}", "<U+E0061>"),
    ("❤\u{FE0F}", "❤\u{FE0F}"),
    ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"), ("Città 東京", "Città 東京"),
  ])
  func visibleText(_ text: String, _ expected: String) {
    #expect(text.visible.unicodeScalars.elementsEqual(expected.unicodeScalars))
    #expect(MarkdownText.code(text).unicodeScalars.elementsEqual("`\(expected)`".unicodeScalars))
  }

  /// A limit counts scalars: a thousand marks on one letter are one character.
  @Test func markdownCodeIsCut() {
    let text = "a" + String(repeating: "\u{301}", count: 1_000)
    #expect(MarkdownText.code(text, maxLength: 10).unicodeScalars.count == 13)
    #expect(MarkdownText.code("abc", maxLength: 3) == "`abc`")
  }

  @Test(arguments: [
    ("=1", "'=1"), ("=\u{301}1", "\"'=\u{301}1\""), ("\u{200B}=1", "\"'\u{200B}=1\""), ("\u{FF1D}1", "\"'\u{FF1D}1\""),
    ("a\"\u{301},=2", "\"a\"\"\u{301},=2\""), ("plain", "plain"), ("", ""),
  ])
  func csv(_ value: String, _ expected: String) {
    #expect(CSVText.field(value).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test(arguments: [
    ("a,\u{301}b", ["a", "\u{301}b"]), ("a\u{37E}b,c", ["a\u{37E}b", "c"]), (",", ["", ""]), ("", [""]),
  ])
  func separatedPassesNoSeparator(_ text: String, _ expected: [String]) {
    let parts = text.separated(at: ",", omittingEmptySubsequences: false)
    #expect(parts.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test func semicolonIsNotTheGreekQuestionMark() {
    #expect("a\u{37E}b;c".separated(at: ";").map { Array($0.utf8) } == [Array("a\u{37E}b".utf8), Array("c".utf8)])
  }

  /// Where bytes are hashed, a value has one form, whatever is hidden in it.
  @Test func canonicalJSONKeepsWhatIsHidden() {
    #expect(JSON.string("\u{9B}\u{202E}").canonicalBytes == Array("\"\u{9B}\u{202E}\"".utf8))
    #expect(JSON.string("\u{9B}\u{E0001}").text() == #""\u009b\udb40\udc01""#)
  }
}
