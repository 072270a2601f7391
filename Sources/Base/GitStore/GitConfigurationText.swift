/// Escaping for Git's configuration files.
enum GitConfigurationText {
  /// Returns a value or the name of a subsection in quotation marks (git-config(1), "Syntax").
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
