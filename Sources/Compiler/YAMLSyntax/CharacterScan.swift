import Diagnostics
import TextFormats

/// One pass over a file's bytes before libyaml sees them, which finds what no YAML reader should have to handle.
struct CharacterScan {
  private var diagnostics: [Diagnostic] = []
  /// Whether all bytes are ASCII.
  private(set) var isASCII = true
  /// Whether parsing makes sense: the bytes are UTF-8 and free of control characters and others that libyaml rejects.
  private(set) var isReadable = true
  /// The leading white space of lines that have a tab before their first visible character.
  private(set) var tabbedLines: [Range<Int>] = []
  /// Blanks other than the space and the tab. `BlankReview` decides from their position whether they are harmful.
  private(set) var blanks: [Range<Int>] = []

  private let path: String
  private var counts: [DiagnosticCode: Int] = [:]

  /// Maximum number of diagnostics of each kind; a binary file would otherwise fill the screen.
  private static let shown = 20

  init(_ file: SourceFile) {
    path = file.path
    file.bytes.withUnsafeBufferPointer { scan($0) }
  }

  /// The diagnostics, with a note for each kind of which some are not shown.
  var reported: [Diagnostic] {
    var reported = diagnostics
    for (code, count) in counts where count > Self.shown {
      guard let last = reported.lastIndex(where: { $0.code == code }) else { continue }
      reported[last].notes.append("\(count - Self.shown) more of these are not shown")
    }
    return reported
  }

  private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if index == 3 { isASCII = false }
    var lineStart = index
    var isLeading = true
    var hasTab = false
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case 0x0A:
        lineStart = index + 1
        isLeading = true
        hasTab = false
        index += 1
      case 0x20: index += 1
      case 0x09:
        if isLeading { hasTab = true }
        index += 1
      case 0x0D:
        if index + 1 == bytes.count || bytes[index + 1] != 0x0A { loneCarriageReturn(at: index) }
        index += 1
      case 0x21...0x7E:
        if isLeading {
          isLeading = false
          if hasTab { tabbedLines.append(lineStart..<index) }
        }
        index += 1
      case 0x00...0x1F, 0x7F:
        control(UInt32(byte), at: index, length: 1)
        index += 1
      default:
        isASCII = false
        isLeading = false
        index += multibyte(bytes, at: index)
      }
    }
  }

  /// Examines a multi-byte character, and returns the number of bytes to skip.
  private mutating func multibyte(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    guard let (scalar, length) = UTF8Scalars.scalar(at: index, in: bytes) else {
      isReadable = false
      report(
        .invalidUTF8, "the byte 0x\(String(bytes[index], radix: 16, uppercase: true)) is not UTF-8", index, 1,
        help: "save the file as UTF-8")
      return 1
    }
    if scalar == "\u{1F3F4}" { return length + UnseenCharacter.tags(at: index + length, in: bytes) }
    guard let found = UnseenCharacter(scalar, length: length, at: index, in: bytes) else { return length }
    let name = CharacterName.text(found.value)
    switch found.kind {
    case .lineSeparator:
      // libyaml would break the line here, and complain about the rest.
      isReadable = false
      report(
        .lineSeparatorCharacter, "\(name) breaks lines in some programs and not in others", index, length,
        help: Self.removal)
    case .control: control(found.value, at: index, length: length)
    case .bidirectional:
      report(
        .bidirectionalControl,
        "\(name) makes text look different from what it is", index, length, help: Self.removal)
    case .invisible:
      // libyaml rejects these characters, so it must not see the file.
      if [0xFEFF, 0xFFFE, 0xFFFF].contains(found.value) { isReadable = false }
      report(
        .invisibleCharacter, "\(name) is invisible", index, length, help: Self.removal,
        fix: ("remove the character", ""))
    case .blank: blanks.append(index..<index + length)
    }
    return length
  }

  private static let removal = "remove it, or write it as an escape in double quotes"

  /// Reports the harmful blanks.
  ///
  /// - Parameters:
  ///   - texts: The parts of the file that are not comments, in order.
  ///   - file: The file.
  mutating func reviewBlanks(_ texts: [BlankReview.Text], in file: SourceFile) {
    var review = BlankReview(file.bytes, texts: texts)
    for blank in blanks where review.isHarmful(blank) {
      let scalar = file.bytes.withUnsafeBufferPointer { UTF8Scalars.scalar(at: blank.lowerBound, in: $0)?.scalar }
      report(
        .unusualBlank, "\(CharacterName.text(scalar?.value ?? 0)) looks like a space, but is part of the text",
        blank.lowerBound, blank.count, help: "write a space, or write it as an escape in double quotes",
        fix: ("write a space", " "))
    }
  }

  /// Reports a carriage return without a line feed.
  ///
  /// YAML breaks the line here, but reviewers' tools do not: a field after a comment would be hidden.
  private mutating func loneCarriageReturn(at index: Int) {
    isReadable = false
    report(
      .lineSeparatorCharacter, "a carriage return without a line feed breaks lines in some programs and not in others",
      index, 1, help: "end lines with a line feed (LF or CRLF), or write `\\r` in double quotes")
  }

  private mutating func control(_ value: UInt32, at index: Int, length: Int) {
    isReadable = false
    report(
      .controlCharacter, "the control character \(CharacterName.text(value)) is not allowed", index, length,
      help: Self.removal)
  }

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, _ offset: Int, _ length: Int, help: String,
    fix: (title: String, replacement: String)? = nil
  ) {
    counts[code, default: 0] += 1
    guard counts[code, default: 0] <= Self.shown else { return }
    let location = SourceLocation(path: path, range: SourceRange(offset, offset + length))
    let fixes = fix.map { fix in
      Diagnostic.Fix(fix.title, edits: [Diagnostic.Edit(location, fix.replacement)], isCertain: false)
    }
    diagnostics.append(
      Diagnostic(code, message, at: Diagnostic.Label(location), help: help, fixes: fixes.map { [$0] } ?? []))
  }
}
