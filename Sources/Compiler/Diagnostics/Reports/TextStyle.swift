import TextFormats

/// Colours of a terminal, or none.
struct TextStyle {
  enum Role { case error, warning, strong, gutter, added, removed, secondary }

  let isOn: Bool

  func callAsFunction(_ text: String, _ role: Role) -> String {
    guard isOn, !text.isEmpty else { return text }
    let code =
      switch role {
      case .error: "1;31"
      case .warning: "1;33"
      case .strong: "1"
      case .gutter, .secondary: "1;34"
      case .added: "32"
      case .removed: "31"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
