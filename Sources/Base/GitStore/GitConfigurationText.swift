/// Text of Git's configuration files.
enum GitConfigurationText {
  /// A value or a subsection's name of Git's configuration (git-config(1), "Syntax").
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "\"": result += "\\\(scalar)"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
