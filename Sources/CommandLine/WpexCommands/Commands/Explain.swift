import ArgumentParser
import ConfigSchema
import Diagnostics

/// `wpex explain`: reference of diagnostic codes, kinds and fields.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain a diagnostic code, a kind or a field, or search for one.",
    discussion: """
      EXAMPLES
        wpex explain WPX1403           a diagnostic, with a wrong and a right example
        wpex explain Relay             a kind with all its fields
        wpex explain relay.spec.port   a field
        wpex explain 1403              the same code, by its number
        wpex explain port              every code and field with the word
      """)

  @Argument(
    help: ArgumentHelp("A code such as WPX1403, or a path such as Relay.spec.port.", valueName: "code|path"),
    completion: .list(DiagnosticCode.allCases.map(\.rawValue) + FieldExplanation.allPaths))
  var subject: String

  func run() throws {
    if let code = DiagnosticCode(rawValue: subject.uppercased()) ?? DiagnosticCode(rawValue: "WPX\(subject)") {
      Terminal.output(code.explanation)
      return
    }
    do throws(FieldExplanation.UnknownPath) {
      Terminal.output(try FieldExplanation(of: subject).text)
    } catch {
      let found = Self.search(subject)
      guard found.isEmpty else { return Terminal.output(found.joined(separator: "\n")) }
      let hint =
        error.suggestion.map { "did you mean `\($0)`?" } ?? "try `wpex explain Relay`, or a code such as WPX1403"
      throw CommandError(.usage, "there is nothing called `\(subject)`: \(hint)")
    }
  }

  /// One line for each code whose title contains all the words, and for each field whose path does.
  private static func search(_ text: String) -> [String] {
    let words = text.lowercased().split(whereSeparator: { $0.isWhitespace || $0 == "." }).map(String.init)
    guard words.contains(where: { $0.count > 2 }) else { return [] }
    func matches(_ text: String) -> Bool {
      let text = text.lowercased()
      return words.allSatisfy(text.contains)
    }
    let codes = DiagnosticCode.allCases.filter { matches($0.entry.title) }.map { "\($0.rawValue)  \($0.entry.title)" }
    return codes + FieldExplanation.allPaths.filter(matches)
  }
}
