extension Unicode.Scalar {
  /// Whether a terminal would obey the scalar, break the line at it or turn text around, or whether nobody would see it.
  ///
  /// Control and format characters, separators of lines and paragraphs, and everything that Unicode calls ignorable, with
  /// the code points kept for more of it. Variation selectors 1 to 16 only choose between two pictures and are shown. The
  /// ranges are written out because Unicode's tables change with the toolchain; a test compares them.
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
  /// The text on one line, with every hidden scalar written as its code point, so that nobody's text speaks to a terminal.
  package var visible: String { visible(but: nil) }

  /// The same for text that has lines of its own: line feeds stay.
  package var visibleLines: String { visible(but: "\n") }

  /// The same, but with one scalar left as it is.
  ///
  /// Blanks other than the space, and selectors that choose no picture, are written as code points too: two texts that differ
  /// look different.
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

  /// The text with scalars replaced. It never looks at characters: a mark after a quote makes another character of the two,
  /// and no reader of another language knows of that.
  ///
  /// - Parameter replacement: what stands for a scalar; nil keeps it.
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
