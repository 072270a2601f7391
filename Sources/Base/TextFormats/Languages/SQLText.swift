/// Text inside SQL statements, where parameters are not allowed.
package enum SQLText {
  /// Returns a quoted identifier.
  package static func identifier(_ name: String) -> String { quoted(name, by: "\"") }

  /// Returns a string literal.
  ///
  /// It is valid in SQLite, and in PostgreSQL with `standard_conforming_strings` on, which is the default.
  package static func literal(_ text: String) -> String { quoted(text, by: "'") }

  /// Returns PostgreSQL's text form of a text array.
  package static func postgresArray(_ elements: [String]) -> String {
    let quoted = elements.map { element in
      "\"" + element.replacingScalars { $0 == "\\" || $0 == "\"" ? "\\\($0)" : nil } + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }

  private static func quoted(_ text: String, by quote: Unicode.Scalar) -> String {
    "\(quote)" + text.replacingScalars { $0 == quote ? "\(quote)\(quote)" : nil } + "\(quote)"
  }
}
