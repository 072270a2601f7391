/// Makes what another program says fit for a terminal and a log.
struct ForeignWords {
  private static let longest = 300

  private let secret: String

  /// - Parameter secret: what it was told, and may send back; never empty.
  init(hiding secret: String) { self.secret = secret }

  /// One line, of bounded length, without the secret.
  func line(_ text: String) -> String {
    let visible = text.replacing(secret, with: "…").unicodeScalars.prefix(Self.longest).map { scalar -> Character in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: " "
      default: Character(scalar)
      }
    }
    return String(visible)
  }
}
