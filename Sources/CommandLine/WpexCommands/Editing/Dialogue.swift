import ConfigModel
import ConfigSchema

/// Source of answers: options, a user at a terminal, or defaults.
struct Dialogue {
  /// Whether questions can be asked; otherwise defaults are used.
  let isInteractive: Bool

  /// Rule for an answer.
  struct Form: Sendable {
    /// Reason why an answer is not acceptable; nil if it is.
    let fault: @Sendable (String) -> String?

    static let label = Form(.dnsLabel)
    static let email = Form(.email)
    static let account = Form(.account, isOptional: true)
    static let host = Form(.host)
    static let portRange = Form { PortRange($0) == nil ? "it must be LOW-HIGH, such as 30000-32767" : nil }
    static let text = Form { (1...200).contains($0.unicodeScalars.count) ? nil : "it must have 1 to 200 characters" }
    static let image = Form { ImageReference.parse($0) == nil ? "it must be REPOSITORY:TAG, or with @sha256:…" : nil }
    static let keyFile = Form { path in
      guard !path.isEmpty else { return nil }
      do {
        _ = try SSHKeyFile.read(path)
        return nil
      } catch {
        return "\(error)"
      }
    }

    /// Accepts the values of an enumeration.
    static func host<Choice: CaseIterable & RawRepresentable<String>>(of: Choice.Type) -> Form {
      let choices = Choice.allCases.map(\.rawValue)
      return Form { choices.contains($0) ? nil : "it must be one of \(choices.joined(separator: ", "))" }
    }

    init(_ fault: @escaping @Sendable (String) -> String?) { self.fault = fault }

    init(_ format: StringFormat, isOptional: Bool = false) {
      fault = { text in
        if isOptional, text.isEmpty { return nil }
        return format.matches(text.utf8) && format.length.contains(text.utf8.count)
          ? nil : "it must be \(format.description)"
      }
    }
  }

  /// Returns the option's value, or else asks; without a terminal, returns the default.
  ///
  /// - Throws: `CommandError` if the value is not acceptable, or if there is no answer and no default.
  func answer(
    _ given: String?, _ option: String, _ question: String, default standard: String?, _ form: Form
  ) throws -> String {
    if let given {
      if let fault = form.fault(given) { throw CommandError(.usage, "\(option) `\(given)`: \(fault)") }
      return given
    }
    if isInteractive { return try Prompt.ask(question, default: standard, fault: form.fault) }
    guard let standard, form.fault(standard) == nil else {
      throw CommandError(.usage, "\(option) is required when not running in a terminal")
    }
    return standard
  }
}
