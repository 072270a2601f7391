/// Text inside statements of SQL, for what cannot be a parameter.
package enum SQLText {
  /// An identifier.
  package static func identifier(_ name: String) -> String { quoted(name, by: "\"") }

  /// A string, where PostgreSQL's `standard_conforming_strings` is on, as it is by default, and in SQLite.
  package static func literal(_ text: String) -> String { quoted(text, by: "'") }

  /// PostgreSQL's text form of an array of text.
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
