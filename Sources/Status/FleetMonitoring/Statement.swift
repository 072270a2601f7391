package import TextFormats

/// Sentence of the server with a stable code and parameters, for pages that show it in the reader's language.
package struct Statement: Sendable, Equatable {
  package let code: Code
  /// One for each name in the code's English text.
  package let parameters: JSON.Members

  package init(_ code: Code, _ parameters: JSON.Members = [:]) {
    self.code = code
    self.parameters = parameters
  }

  /// Words of another program or of the system, as they came.
  package static func quoted(_ text: String) -> Statement { Statement(.quoted, ["text": .string(text)]) }

  /// The statement in English.
  package var text: String { code.english.filled(with: parameters) }
}

extension Statement {
  /// English text of a code, with its parameters in braces. Behind a colon is how a parameter is written:
  /// `day` for `YYYY-MM-DD`, `duration` for seconds.
  package enum English: Sendable, Equatable, ExpressibleByStringLiteral {
    case text(String)
    /// Chosen by the parameter `count`.
    case counted(one: String, other: String)

    package init(stringLiteral text: String) { self = .text(text) }

    /// All its forms.
    package var forms: [String] {
      switch self {
      case .text(let text): [text]
      case .counted(let one, let other): [one, other]
      }
    }

    fileprivate func filled(with parameters: JSON.Members) -> String {
      var text =
        switch self {
        case .text(let text): text
        case .counted(let one, let other): parameters["count"]?.int == 1 ? one : other
        }
      var result = ""
      while let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") {
        let parts = text[text.index(after: open)..<close].split(separator: ":")
        let value = parts.first.flatMap { parameters[String($0)] }
        result += text[..<open] + Self.written(value, as: parts.dropFirst().first)
        text = String(text[text.index(after: close)...])
      }
      return result + text
    }

    private static func written(_ value: JSON?, as format: Substring?) -> String {
      let number: String
      switch value {
      case .string(let text): return text
      case .integer(let integer): number = "\(integer)"
      case .number(let value): number = "\(value)"
      default: return "?"
      }
      return format == "duration" ? number + (number == "1" ? " second" : " seconds") : number
    }
  }
}

extension JSON {
  /// Number of a statement, with at most three digits after the point; rounded down, never up to what is promised.
  package static func measured(_ value: Double) -> JSON {
    guard value.isFinite, abs(value) < 1e12 else { return .integer(0) }
    let rounded = (value * 1_000).rounded(.down) / 1_000
    return rounded == rounded.rounded() ? .integer(Int(rounded)) : .number(rounded)
  }
}

/// Statements one after the other: what the server says about something.
package struct StatusText: Sendable, Equatable, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
  package let statements: [Statement]

  package init(_ statements: [Statement]) { self.statements = statements }

  package init(_ code: Statement.Code, _ parameters: JSON.Members = [:]) {
    self.init([Statement(code, parameters)])
  }

  /// Words of another program or of the system; none if they are empty.
  package init(quoting text: String) { self.init(text.isEmpty ? [] : [.quoted(text)]) }

  package init(arrayLiteral statements: Statement...) { self.init(statements) }

  package init(stringLiteral text: String) { self.init(quoting: text) }

  package var isEmpty: Bool { statements.isEmpty }

  /// The statements in English.
  package var text: String { statements.map(\.text).joined(separator: " ") }

  package static func + (first: StatusText, second: StatusText) -> StatusText {
    StatusText(first.statements + second.statements)
  }
}
