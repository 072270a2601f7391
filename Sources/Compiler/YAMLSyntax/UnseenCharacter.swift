import TextFormats

/// A character that reviewers do not see, or do not see as what it is.
package struct UnseenCharacter {
  enum Kind {
    /// Breaks lines in some programs only.
    case lineSeparator
    case control
    /// Changes the direction of the text around it.
    case bidirectional
    case invisible
    /// Looks like a space. Its position decides whether it is harmful.
    case blank
  }

  let kind: Kind
  let value: UInt32

  /// Classifies a scalar; nil if reviewers see it as it is.
  ///
  /// A carriage return, whose effect depends on the next byte, is left to the caller.
  ///
  /// - Parameters:
  ///   - scalar: The scalar.
  ///   - length: Its length in bytes.
  ///   - index: Offset of its first byte.
  ///   - bytes: Content of the file.
  init?(_ scalar: Unicode.Scalar, length: Int, at index: Int, in bytes: UnsafeBufferPointer<UInt8>) {
    value = scalar.value
    switch scalar.value {
    case 0x85, 0x2028, 0x2029: kind = .lineSeparator
    case 0..<0x20, 0x7F...0x9F: kind = .control
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: kind = .bidirectional
    default:
      if scalar.isUnusualBlank {
        kind = .blank
        return
      }
      guard scalar.isHidden || scalar.isVariationSelector || scalar.isNoncharacter else { return nil }
      let isSeen = scalar.isSeen(
        after: UTF8Scalars.scalar(before: index, in: bytes),
        before: UTF8Scalars.scalar(at: index + length, in: bytes)?.scalar)
      guard !isSeen else { return nil }
      kind = .invisible
    }
  }

  /// Returns the length in bytes of the tags that turn a black flag into another flag; 0 if there are none.
  ///
  /// - Parameters:
  ///   - index: Offset after the flag.
  ///   - bytes: Content of the file.
  static func tags(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let rest = bytes[min(index, bytes.count)...]
    return flags.first { rest.starts(with: $0) }?.count ?? 0
  }

  /// England, Scotland and Wales: the only tag sequences that Unicode recommends (emoji-sequences.txt).
  private static let flags: [[UInt8]] = ["gbeng", "gbsct", "gbwls"].map { region in
    var tags = String.UnicodeScalarView(region.unicodeScalars.compactMap { Unicode.Scalar(0xE0000 + $0.value) })
    tags.append("\u{E007F}")
    return Array(String(tags).utf8)
  }

  /// Returns the first invisible character of a file's or folder's name, as messages name it; nil if there is none.
  ///
  /// A blank other than the space counts only at either end of the name, where it hides that the name is another one.
  package static func first(inName name: Substring) -> String? {
    var name = String(name)
    return name.withUTF8 { bytes in
      var index = 0
      while let (scalar, length) = UTF8Scalars.scalar(at: index, in: bytes) {
        if let found = UnseenCharacter(scalar, length: length, at: index, in: bytes),
          found.kind != .blank || index == 0 || index + length == bytes.count
        {
          return CharacterName.text(found.value)
        }
        index += length
        if scalar == "\u{1F3F4}" { index += tags(at: index, in: bytes) }
      }
      return nil
    }
  }
}
