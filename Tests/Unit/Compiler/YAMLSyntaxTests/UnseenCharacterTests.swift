import Diagnostics
import TextFormats
import TestSupport
import Testing
import YAMLSyntax

/// What reviewers cannot see is refused where it stands, in comments too, and what people write is not.
@Suite struct UnseenCharacterTests {
  private static let codes = ["WPX1102", "WPX1103", "WPX1104", "WPX1115", "WPX1116"]

  /// U+FFFF, which no literal may hold.
  private static let noncharacter = String(decoding: [0xEF, 0xBF, 0xBF], as: UTF8.self)

  private func faults(in source: String) -> [(fault: Diagnostic, place: SourcePosition)] {
    let file = SourceFile(path: "x.yaml", text: source)
    let lines = file.lineTable()
    return YAMLParser.parse(file).diagnostics.filter { Self.codes.contains($0.code.rawValue) }
      .map { ($0, lines.position(at: Int($0.primary.location.range.start))) }
  }

  @Test(arguments: [
    ("a: x # note\u{200B}\n", "WPX1115", 1, 12, "U+200B ZERO WIDTH SPACE"),
    ("a: wa\u{AD}re\n", "WPX1115", 1, 6, "U+00AD SOFT HYPHEN"),
    ("a\u{2060}: 1\n", "WPX1115", 1, 2, "U+2060 WORD JOINER"),
    ("a: 1\n\u{FEFF}b: 2\n", "WPX1115", 2, 1, "U+FEFF BYTE ORDER MARK"),
    ("a: x\u{200D}y\n", "WPX1115", 1, 5, "U+200D ZERO WIDTH JOINER"),
    ("a: x\u{200C}y\n", "WPX1115", 1, 5, "U+200C ZERO WIDTH NON-JOINER"),
    ("a: \"é\u{FE0F}\"\n", "WPX1115", 1, 6, "U+FE0F VARIATION SELECTOR-16"),
    ("a: 3\u{FE0F}\n", "WPX1115", 1, 5, "U+FE0F VARIATION SELECTOR-16"),
    ("a: 葛\u{E0100}\n", "WPX1115", 1, 5, "U+E0100 VARIATION SELECTOR-17"),
    ("a: x\u{E0041}\n", "WPX1115", 1, 5, "U+E0041 TAG LATIN CAPITAL LETTER A"),
    ("a: 🏴\u{E0067}\u{E007F}\n", "WPX1115", 1, 5, "U+E0067 TAG LATIN SMALL LETTER G"),
    ("a: \u{3164}\n", "WPX1115", 1, 4, "U+3164 HANGUL FILLER"),
    ("a: x\u{180E}y\n", "WPX1115", 1, 5, "U+180E MONGOLIAN VOWEL SEPARATOR"),
    ("a: x\u{2065}\n", "WPX1115", 1, 5, "U+2065 is"), ("a: x\(noncharacter)\n", "WPX1115", 1, 5, "U+FFFF is"),
    ("# x\u{202E}\n", "WPX1104", 1, 4, "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ("# x\u{7}\n", "WPX1102", 1, 4, "U+0007 ALERT"),
    ("# x\u{9B}\n", "WPX1102", 1, 4, "U+009B CONTROL SEQUENCE INTRODUCER"),
    ("# x\u{85}\n", "WPX1103", 1, 4, "U+0085 NEXT LINE"), ("# x\u{2028}\n", "WPX1103", 1, 4, "U+2028 LINE SEPARATOR"),
    // A joiner of letters that do not join.
    ("a: مي\u{200C}\n", "WPX1115", 1, 6, "U+200C"), ("a: \u{200D}م\n", "WPX1115", 1, 4, "U+200D"),
    ("a: ا\u{200D}\n", "WPX1115", 1, 5, "U+200D"), ("a: م\u{200C}\u{200C}خ\n", "WPX1115", 1, 5, "U+200C"),
    ("a: 👩\u{200D}x\n", "WPX1115", 1, 5, "U+200D"),
    // Blanks that change what the file says, or hide its end.
    ("a: x\u{A0}# note\n", "WPX1116", 1, 5, "U+00A0 NO-BREAK SPACE"),
    ("a: x\u{A0} # note\n", "WPX1116", 1, 5, "U+00A0"),
    ("a:\u{A0}x\n", "WPX1116", 1, 3, "U+00A0"), ("a: \u{3000}x\n", "WPX1116", 1, 4, "U+3000 IDEOGRAPHIC SPACE"),
    ("a: x\u{2003}\n", "WPX1116", 1, 5, "U+2003 EM SPACE"), ("a: b:\u{A0}c\n", "WPX1116", 1, 6, "U+00A0"),
    ("a:\n\u{A0}\u{A0}b: 1\n", "WPX1116", 2, 1, "U+00A0"), ("a\u{A0}: 1\n", "WPX1116", 1, 2, "U+00A0"),
    ("a:\n  -\u{A0}b\n", "WPX1116", 2, 4, "U+00A0"), ("a: [x,\u{A0}y]\n", "WPX1116", 1, 7, "U+00A0"),
    ("a: \"\u{2800}\"\n", "WPX1116", 1, 5, "U+2800 BRAILLE PATTERN BLANK"),
    ("a: ' \u{A0} '\n", "WPX1116", 1, 6, "U+00A0"),
    ("a: |\n  x\u{A0}\n", "WPX1116", 2, 4, "U+00A0"), ("a: |\n  \u{A0}x\n", "WPX1116", 2, 3, "U+00A0"),
    ("a: \"x\n  \u{A0}y\"\n", "WPX1116", 2, 3, "U+00A0"), ("a: \"x\u{A0}\n  y\"\n", "WPX1116", 1, 6, "U+00A0"),
    // Also where the file cannot be read because of it.
    ("a: 1\nb:\u{A0}2\n", "WPX1116", 2, 3, "U+00A0"),
  ])
  func refusesAt(_ source: String, _ code: String, _ line: Int, _ column: Int, _ name: String) throws {
    let found = faults(in: source)
    let (fault, place) = try #require(found.first)
    #expect(fault.code.rawValue == code && place == SourcePosition(line: line, column: column), "\(found)")
    #expect(fault.message.contains(name) && fault.help != nil, "\(fault.message)")
  }

  /// Names and notes as people write them.
  @Test(arguments: [
    // Persian, Arabic, Hebrew, Hindi, Malayalam, Bengali, Sinhala, Khmer, Mongolian.
    "می\u{200C}خواهم", "کتاب\u{200C}ها", "کار\u{200C}آفرین", "ه\u{200D}.ش.", "مكتب روما", "سَلام", "משרד תל אביב",
    "שָׁלוֹם",
    "क्\u{200D}ष", "क्\u{200C}ष", "ന്\u{200D}", "അവന്\u{200C} ", "র\u{200D}্য", "ශ්\u{200D}රී", "ភ្នំពេញ", "ᠮᠣᠩᠭᠣᠯ\u{180E}ᠠ",
    "ᠠ\u{180B}",
    // Emoji.
    "👩\u{200D}🔧", "👩🏽\u{200D}🔧", "👨\u{200D}👩\u{200D}👧\u{200D}👦", "🏳\u{FE0F}\u{200D}🌈", "❤\u{FE0F}", "☎\u{FE0E}",
    "1\u{FE0F}\u{20E3}",
    "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}", "🇮🇹", "👍🏿", "❤\u{FE0F}\u{200D}🔥",
    // Blanks between words.
    "Siège\u{A0}principal", "東京\u{3000}本社", "10\u{202F}000", "«\u{A0}Paris\u{A0}»", "Nguyễn Văn", "e\u{301}",
  ])
  func keepsWhatPeopleWrite(_ text: String) throws {
    let text = text.last == " " ? String(text.dropLast()) : text
    for source in [
      "a: \(text)\n", "a: x # \(text)\n", "# \(text)\na: x\n", "a: \"\(text)\"\n", "a: '\(text)'\n",
      "a: |\n  \(text)\n",
      "a: >\n  x\n  \(text)\n", "a: [\(text), y]\n", "\u{FEFF}a: \(text)\r\n",
    ] {
      let parse = YAMLParser.parse(SourceFile(path: "x.yaml", text: source))
      #expect(parse.diagnostics.isEmpty && parse.documents.count == 1, "\(source): \(parse.diagnostics.map(\.message))")
    }
  }

  /// In a comment, such a blank changes nothing. In quotes, it may come before a colon.
  @Test(arguments: [
    "#\u{A0}note\na: 1\n", "a: 1 #\u{A0}note\u{A0}\n", "a: \"Siège\u{A0}: Paris\"\n", "a: \"x\u{A0}# y\"\n",
    "a: |\n  x:\u{A0}y\n", "a: \"\\u200B\\u202E\\u00A0\"\n",
  ])
  func keepsBlanksThatHideNothing(_ source: String) {
    #expect(YAMLParser.parse(SourceFile(path: "x.yaml", text: source)).diagnostics.isEmpty)
  }

  static let source = """
    # A site of acme, and its key.
    apiVersion: wpex.io/v1alpha1
    kind: Key # of WireGuard
    metadata: {name: warehouse-9, labels: {network: "core"}}
    spec:
      alias: 'The warehouse'
      tests:
        - [one, two]
      notes: |
        Two lines
        of text # which are no comment

    """

  /// Whatever is refused is refused at any place of a file, and the place is named.
  @Test func everyUnseenScalarIsFoundAnywhere() {
    var random = SeededGenerator(12)
    let common =
      (UInt32(0)...0xFFFF).compactMap(Unicode.Scalar.init)
      + [0x110BD, 0x13430, 0x1BCA0, 0x1D173, 0x1FFFE].compactMap(
        Unicode.Scalar.init)
    let rare = (0..<64).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0xE0000...0xE0FFF, using: &random)) }
    let refused = (common + rare).filter { scalar in
      guard scalar != "\t", scalar != "\n", scalar != "\r" else { return false }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: return true
      default:
        return scalar.properties.isDefaultIgnorableCodePoint || scalar.isNoncharacter
      }
    }
    #expect(refused.count > 200)
    let scalars = Array(Self.source.unicodeScalars)
    for scalar in refused {
      for _ in 0..<8 {
        // A byte order mark may begin a file.
        let index = Int.random(in: 1...scalars.count, using: &random)
        var changed = String.UnicodeScalarView(scalars[..<index])
        let place = SourceFile(path: "", text: String(changed)).lineTable().position(at: String(changed).utf8.count)
        changed.append(scalar)
        changed.append(contentsOf: scalars[index...])
        let found = faults(in: String(changed))
        #expect(
          found.count == 1 && found.first?.place == place && found.first?.fault.code != .unusualBlank,
          "U+\(String(scalar.value, radix: 16)) at \(index): \(found)")
      }
    }
  }

  /// A blank is refused unless it stands in a comment or between words.
  @Test(arguments: [0xA0, 0x1680, 0x2000, 0x2003, 0x200A, 0x202F, 0x205F, 0x2800, 0x3000] as [UInt32])
  func blanksAreFoundAtEveryEndOfALine(_ value: UInt32) throws {
    let blank = try #require(Unicode.Scalar(value))
    let lines = Self.source.split(separator: "\n", omittingEmptySubsequences: false)
    for number in lines.indices where !lines[number].isEmpty && !lines[number].contains("# ") {
      for isAtEnd in [false, true] {
        var changed = lines.map(String.init)
        changed[number] = isAtEnd ? "\(lines[number])\(blank)" : "\(blank)\(lines[number])"
        let place = SourcePosition(line: number + 1, column: isAtEnd ? lines[number].count + 1 : 1)
        let found = faults(in: changed.joined(separator: "\n"))
        #expect(found.contains { $0.place == place && $0.fault.code == .unusualBlank }, "\(changed[number]): \(found)")
      }
    }
  }

  /// A file of nothing but blanks, and one of words between them, take a time that is linear in their length.
  @Test func manyBlanksAreNoWork() {
    let run = String(repeating: "\u{A0}", count: 30_000)
    let words = String(repeating: "a\u{A0}", count: 20_000)
    for text in ["a: \"\(run)\"\n", "# \(words)\n", "a: \(words)\n", "a: [\n\(words)\n", run] {
      let file = SourceFile(path: "x.yaml", text: text)
      #expect(YAMLParser.parse(file).diagnostics.count <= 22)
      #expect(YAMLParser.characterFaults(in: file).count <= 21)
    }
  }

  /// What wpex writes is never refused: it escapes what is refused.
  @Test func whatIsWrittenIsAccepted() throws {
    let scalars =
      (UInt32(0)...0xFFFF).compactMap(Unicode.Scalar.init)
      + (UInt32(0xE0000)...0xE0FFF).compactMap(Unicode.Scalar.init)
    for start in stride(from: 0, to: scalars.count, by: 2_000) {
      let texts = scalars[start..<min(start + 2_000, scalars.count)].flatMap { ["a\($0)b", "\($0)"] }
      let parse = YAMLParser.parse(SourceFile(path: "x", text: JSON.array(texts.map { .string($0) }).yaml()))
      #expect(parse.diagnostics.isEmpty, "\(start): \(parse.diagnostics.prefix(3).map(\.message))")
      let read = try #require(parse.documents.first?.root.sequence).map { $0.scalar?.text ?? "" }
      #expect(read.elementsEqual(texts) { $0.unicodeScalars.elementsEqual($1.unicodeScalars) })
    }
  }
}
