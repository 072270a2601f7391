import ArgumentParser
import ConfigSchema
import Diagnostics

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what a diagnostic code, a kind or a field means.",
    discussion: """
      EXAMPLES
        wpex explain WPX1403           a diagnostic, with a wrong and a right example
        wpex explain Relay             a kind with all its fields
        wpex explain relay.spec.port   a field
      """)

  @Argument(
    help: ArgumentHelp("A code such as WPX1403, or a path such as Relay.spec.port.", valueName: "code|path"),
    completion: .list(DiagnosticCode.allCases.map(\.rawValue) + FieldExplanation.allPaths))
  var subject: String

  func run() throws {
    if let code = DiagnosticCode(rawValue: subject.uppercased()) {
      Terminal.output(code.explanation)
      return
    }
    do throws(FieldExplanation.UnknownPath) {
      Terminal.output(try FieldExplanation(of: subject).text)
    } catch {
      let hint =
        error.suggestion.map { "did you mean `\($0)`?" } ?? "try `wpex explain Relay`, or a code such as WPX1403"
      throw CommandFailure(.usage, "there is nothing called `\(subject)`: \(hint)")
    }
  }
}
