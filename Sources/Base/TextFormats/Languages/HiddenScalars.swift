extension Unicode.Scalar {
  /// Whether the scalar is invisible, or has an effect on a terminal, on line breaks or on the direction of text.
  ///
  /// Covers control and format characters, line and paragraph separators, and everything that Unicode calls default
  /// ignorable, including the code points reserved for it. Variation selectors 1 to 16 are excluded, because they only
  /// choose between two pictures. The ranges are literals because Unicode's tables change with the toolchain; a test
  /// compares them.
  package var isHidden: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0xAD: true
    case 0..<0x34F: false
    case 0x34F, 0x600...0x605, 0x61C, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0x115F...0x1160, 0x17B4...0x17B5: true
    case 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0: true
    case 0xFFF0...0xFFFB, 0x110BD, 0x110CD, 0x13430...0x1343F, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A: true
    case 0xE0000...0xE0FFF: true
    default: false
    }
  }

  /// The code point in hexadecimal digits, as in `<U+1B>`.
  var codePoint: String { "<U+\(String(value, radix: 16, uppercase: true))>" }
}

extension String {
  /// The text on one line, with every hidden scalar written as its code point.
  ///
  /// In this form, foreign text cannot control a terminal.
  package var visible: String { visible(but: nil) }

  /// Like `visible`, for text of several lines: line feeds are kept.
  package var visibleLines: String { visible(but: "\n") }

  /// Returns the text with every hidden scalar written as its code point, except for one scalar that is kept.
  ///
  /// Blanks other than the space, and selectors that choose no picture, are also written as code points, so that two
  /// different texts look different.
  ///
  /// - Parameter kept: The scalar that stays as it is; nil for none.
  package func visible(but kept: Unicode.Scalar?) -> String {
    func mayBeUnseen(_ scalar: Unicode.Scalar) -> Bool {
      scalar != kept
        && (scalar.isHidden || scalar.isUnusualBlank || scalar.isVariationSelector || scalar.isNoncharacter)
    }
    guard unicodeScalars.contains(where: mayBeUnseen) else { return self }
    let scalars = Array(unicodeScalars)
    var index = -1
    return replacingScalars { scalar in
      index += 1
      guard mayBeUnseen(scalar) else { return nil }
      guard scalar.isVariationSelector else { return scalar.codePoint }
      let (previous, next) = (
        index > 0 ? scalars[index - 1] : nil, index + 1 < scalars.count ? scalars[index + 1] : nil
      )
      return scalar.isSeen(after: previous, before: next) ? nil : scalar.codePoint
    }
  }

  /// Returns the text with scalars replaced.
  ///
  /// It works on scalars and never on characters: Swift joins a quote and a following combining mark into one
  /// character, which readers of other languages do not.
  ///
  /// - Parameter replacement: Returns the text that replaces a scalar; nil keeps the scalar.
  func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if let text = replacement(scalar) {
        result.append(contentsOf: text.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
