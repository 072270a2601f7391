import ConfigModel
import ConfigSchema

/// Takes answers from options, from somebody at a terminal, or from defaults.
struct Dialogue {
  let isInteractive: Bool

  /// What an answer must be like.
  struct Form: Sendable {
    /// Why an answer does not go, or nil.
    let fault: @Sendable (String) -> String?

    static let label = Form(.dnsLabel)
    static let email = Form(.email)
    static let account = Form(.account, isOptional: true)
    static let host = Form(.host)
    static let portRange = Form { PortRange($0) == nil ? "it takes LOW-HIGH, such as 30000-32767" : nil }
    static let text = Form { (1...200).contains($0.unicodeScalars.count) ? nil : "it takes 1 to 200 characters" }
    static let image = Form { ImageReference.parse($0) == nil ? "it takes REPOSITORY:TAG, or with @sha256:…" : nil }
    static let keyFile = Form { path in
      guard !path.isEmpty else { return nil }
      do {
        _ = try SSHKeyFile.read(path)
        return nil
      } catch {
        return "\(error)"
      }
    }

    static func host<Choice: CaseIterable & RawRepresentable<String>>(of: Choice.Type) -> Form {
      let choices = Choice.allCases.map(\.rawValue)
      return Form { choices.contains($0) ? nil : "it is one of \(choices.joined(separator: ", "))" }
    }

    init(_ fault: @escaping @Sendable (String) -> String?) { self.fault = fault }

    init(_ format: StringFormat, isOptional: Bool = false) {
      fault = { text in
        if isOptional, text.isEmpty { return nil }
        return format.matches(text.utf8) && format.length.contains(text.utf8.count)
          ? nil : "it takes \(format.description)"
      }
    }
  }

  func answer(
    _ given: String?, _ option: String, _ question: String, default standard: String?, _ form: Form
  ) throws -> String {
    if let given {
      if let fault = form.fault(given) { throw CommandError(.usage, "\(option) `\(given)`: \(fault)") }
      return given
    }
    if isInteractive { return try Prompt.ask(question, default: standard, fault: form.fault) }
    guard let standard, form.fault(standard) == nil else {
      throw CommandError(.usage, "give \(option): nobody is at a terminal to be asked")
    }
    return standard
  }
}
