extension Unicode.Scalar {
  /// Whether the scalar is a blank that looks like a space or like nothing, but that machine languages treat as a letter.
  package var isUnusualBlank: Bool {
    switch value {
    case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x2800, 0x3000: true
    default: false
    }
  }

  /// Whether the scalar chooses between two pictures of the preceding one: variation selectors 1 to 16.
  package var isVariationSelector: Bool { (0xFE00...0xFE0F).contains(value) }

  /// Whether Unicode guarantees that the scalar never becomes a character. Programs show nothing for it, or drop it.
  package var isNoncharacter: Bool { value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(value) }

  /// Returns whether a scalar without a picture of its own has a visible effect between its neighbours.
  ///
  /// True for a selector after an emoji, a joiner between emoji, a joiner after or between letters of a script whose
  /// letters join, and a selector after a Mongolian letter. People write these in names.
  package func isSeen(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) -> Bool {
    guard let previous else { return false }
    switch value {
    case 0xFE0E, 0xFE0F:
      // A digit has a picture of its own only on a keycap, as in 1️⃣.
      return previous.properties.isEmoji && (!previous.isASCII || next?.value == 0x20E3)
    case 0x200C, 0x200D:
      if previous.properties.canonicalCombiningClass == .virama { return true }
      if let next, previous.isOfJoiningScript, next.isOfJoiningScript { return true }
      guard value == 0x200D else { return false }
      if let next, next.isPictograph, previous.isPictograph || previous.value == 0xFE0F { return true }
      return previous.joinsOnBothSides
    case 0x180B...0x180D, 0x180F: return previous.isMongolianLetter
    case 0x180E: return previous.isMongolianLetter && next?.isMongolianLetter == true
    default: return false
    }
  }

  private var isPictograph: Bool { !isASCII && properties.isEmoji }

  private var isMongolianLetter: Bool { (0x1820...0x18AA).contains(value) }

  /// Whether the scalar is a letter or mark of a script in which joiners change the shapes of letters.
  ///
  /// These are Arabic, Syriac, N'Ko, the scripts of India and its neighbours, Mongolian, Adlam and others.
  private var isOfJoiningScript: Bool {
    switch value {
    case 0x600...0x7FF, 0x840...0xDFF, 0x1000...0x109F, 0x1780...0x18AF, 0x1A20...0x1BFF, 0xA840...0xA87F: break
    case 0xA8E0...0xA8FF, 0xA980...0xA9FF, 0xAA60...0xAAFF, 0xABC0...0xABFF, 0xFB50...0xFDFF, 0xFE70...0xFEFC: break
    case 0x10A00...0x10A5F, 0x10AC0...0x10AFF, 0x10D00...0x10D3F, 0x10F30...0x10FDF, 0x11000...0x11FFF: break
    case 0x1E900...0x1E95F: break
    default: return false
    }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark: return true
    default: return false
    }
  }

  /// Whether the scalar is an Arabic letter whose shape at the end of a word changes with a joiner.
  ///
  /// Source: type D in ArabicShaping.txt.
  private var joinsOnBothSides: Bool {
    switch value {
    case 0x620, 0x626, 0x628, 0x62A...0x62E, 0x633...0x63F, 0x641...0x647, 0x649...0x64A, 0x66E...0x66F: true
    case 0x678...0x687, 0x69A...0x6BF, 0x6C1...0x6C2, 0x6CC, 0x6CE, 0x6D0...0x6D1, 0x6FA...0x6FC, 0x6FF: true
    default: false
    }
  }
}
