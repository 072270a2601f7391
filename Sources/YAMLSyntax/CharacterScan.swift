import Diagnostics

/// One pass over a file's bytes before libyaml sees them: what no reader of YAML should have to deal with.
struct CharacterScan {
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var isASCII = true
  /// Whether the bytes are UTF-8 without control characters, so that parsing them makes sense.
  private(set) var isReadable = true
  /// The leading white space of lines that begin with a tab somewhere before their first visible character.
  private(set) var tabbedLines: [Range<Int>] = []

  private let path: String
  private var counts: [DiagnosticCode: Int] = [:]

  /// Places shown of one kind of fault; a binary file would otherwise fill the screen.
  private static let shown = 20

  init(_ file: SourceFile) {
    path = file.path
    file.bytes.withUnsafeBufferPointer { scan($0) }
    for (code, count) in counts where count > Self.shown {
      guard let last = diagnostics.lastIndex(where: { $0.code == code }) else { continue }
      diagnostics[last].notes.append("\(count - Self.shown) more of these are not shown")
    }
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

  /// - Returns: the bytes to pass over.
  private mutating func multibyte(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    guard let (value, length) = Self.decode(bytes, at: index) else {
      isReadable = false
      report(
        .invalidUTF8, "the byte 0x\(String(bytes[index], radix: 16, uppercase: true)) is not UTF-8", index, 1,
        help: "save the file as UTF-8")
      return 1
    }
    switch value {
    case 0x85, 0x2028, 0x2029:
      // libyaml would break a line here, and complain about what follows.
      isReadable = false
      report(
        .lineSeparatorCharacter, "\(Self.name(value)) breaks lines in some programs and not in others", index, length,
        help: "remove it, or write it as an escape in double quotes")
    case 0x80...0x9F: control(value, at: index, length: length)
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
      report(
        .bidirectionalControl, "\(Self.name(value)) makes text look other than it is", index, length,
        help: "remove it, or write it as an escape in double quotes")
    case 0xFEFF:
      control(value, at: index, length: length)
    default: break
    }
    return length
  }

  /// YAML breaks a line here, and what reviewers read with does not: after a comment, a field would be hidden.
  private mutating func loneCarriageReturn(at index: Int) {
    isReadable = false
    report(
      .lineSeparatorCharacter, "a carriage return without a line feed breaks lines in some programs and not in others",
      index, 1, help: "end lines with a line feed (LF or CRLF), or write `\\r` in double quotes")
  }

  private mutating func control(_ value: UInt32, at index: Int, length: Int) {
    isReadable = false
    report(
      .controlCharacter, "the control character \(Self.name(value)) is not allowed", index, length,
      help: "remove it, or write it as an escape in double quotes")
  }

  private mutating func report(_ code: DiagnosticCode, _ message: String, _ offset: Int, _ length: Int, help: String) {
    counts[code, default: 0] += 1
    guard counts[code, default: 0] <= Self.shown else { return }
    diagnostics.append(
      Diagnostic(
        code, message,
        at: Diagnostic.Label(SourceLocation(path: path, range: SourceRange(offset, offset + length))), help: help))
  }

  private static func name(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// Strict UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
  private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (value: UInt32, length: Int)? {
    let first = bytes[index]
    let length: Int
    var value: UInt32
    switch first {
    case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
    case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
    case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
    default: return nil
    }
    guard index + length <= bytes.count else { return nil }
    for position in index + 1..<index + length {
      guard bytes[position] & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(bytes[position] & 0x3F)
    }
    switch length {
    case 3 where value < 0x800 || (0xD800...0xDFFF).contains(value): return nil
    case 4 where value < 0x10000 || value > 0x10FFFF: return nil
    default: return (value, length)
    }
  }
}
