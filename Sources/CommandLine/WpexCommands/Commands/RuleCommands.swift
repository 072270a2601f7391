import ArgumentParser
import ConfigModel
import Diagnostics
import FileAccess
import RuleLanguage
import TextFormats
import YAMLSyntax

/// `wpex rule`: the operator's own rules.
struct RuleCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule", abstract: "Try the expressions of the operator's own rules.", subcommands: [Eval.self])

  struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Evaluate expressions over a document.",
      discussion: """
        Shows the value of each expression, or why it has none. A rule of the platform is an expression that is true for the \
        documents that follow it; docs/language.md describes the language. Expressions are checked against the fields of \
        the document's kind, as in `Platform.spec.rules`; with --any, the document can be of any form, and the value of any \
        type. Exit code 1 if an expression has a mistake, or no value for this document.

        EXAMPLES
          wpex rule eval --document orgs/acme/relays/milan-1.yaml 'spec.port > 30000'
          wpex rule eval --document new.yaml --old old.yaml 'old == null || old.spec.port == spec.port'
          wpex rule eval --any --document - --json 'size(spec.ports)' <numbers.yaml
        """)

    @Option(help: ArgumentHelp("The file with the document, or - for standard input.", valueName: "file"))
    var document: String

    @Option(help: ArgumentHelp("The file with the document before the change, as `old`.", valueName: "file"))
    var old: String?

    @Flag(help: "Take a document of any form, and values of any type.")
    var any = false

    @OptionGroup var result: ResultOptions<Status.OutputForm>

    @Argument(help: ArgumentHelp("Expressions.", valueName: "expression"))
    var expressions: [String]

    func run() async throws {
      let root = try Self.root(of: document)
      let before = try old.map(Self.root)
      var kind: Kind?
      if !any {
        guard let name = root["kind"]?.scalar?.text, let known = Kind(rawValue: name) else {
          throw CommandError(.usage, "`\(document)` has no known kind: pass --any to evaluate over any document")
        }
        kind = known
      }
      let results = expressions.map { Self.evaluate($0, root, before, kind) }
      switch result.form {
      case .json: try result.write(JSON.array(results.map(\.json)).text(.indented))
      case .text: try result.show(results.map(\.text).joined(separator: "\n"))
      }
      if results.contains(where: { !$0.hasValue }) { throw ExitCode(1) }
    }

    private static func root(of file: String) throws -> YAMLNode {
      let parse = YAMLParser.parse(SourceFile(path: file, bytes: try Files.read(file)))
      if let fault = parse.diagnostics.first(where: { $0.severity == .error }) {
        throw CommandError(.refused, "`\(file)` cannot be read as YAML: \(fault.message)")
      }
      guard let document = parse.documents.first else { throw CommandError(.refused, "`\(file)` has no document") }
      return document.root
    }

    private static func evaluate(
      _ text: String, _ root: YAMLNode, _ old: YAMLNode?, _ kind: Kind?
    ) -> Evaluation {
      switch ExpressionChecker.check(text, over: kind) {
      case .failure(let found): Evaluation(text: text, mistakes: found.faults)
      case .success(let expression):
        Evaluation(text: text, value: RuleSet([expression]).value(of: 0, in: root, old: old))
      }
    }
  }

  /// An expression with its value, or with its mistakes.
  private struct Evaluation {
    let expression: String
    let value: RuleValue?
    let mistakes: [ExpressionFault]

    init(text: String, value: RuleValue? = nil, mistakes: [ExpressionFault] = []) {
      expression = text
      self.value = value
      self.mistakes = mistakes
    }

    var hasValue: Bool {
      switch value {
      case nil, .fault: false
      default: true
      }
    }

    var json: JSON {
      var members: JSON.Members = ["expression": .string(expression)]
      switch value {
      case .fault(let fault): members.append("fault", .string(fault.message))
      case let value?: members.append("value", value.json)
      case nil:
        members.append(
          "mistakes",
          .array(
            mistakes.map { mistake -> JSON in
              ["message": .string(mistake.message), "offset": .integer(mistake.range.lowerBound)]
            }))
      }
      return .object(members)
    }

    /// The value after the expression, or the mistakes below it.
    var text: String {
      switch value {
      case .fault(let fault): return "\(expression)\n  has no value: \(fault.message)"
      case let value?: return "\(expression)\n  \(value.json.text())"
      case nil:
        let file = SourceFile(path: "expression", text: expression)
        let diagnostics = mistakes.map { mistake in
          Diagnostic(
            .unusableRule, mistake.message,
            at: Diagnostic.Label(
              SourceLocation(path: "expression", range: SourceRange(mistake.range.lowerBound, mistake.range.upperBound))
            ),
            help: mistake.help)
        }
        return DiagnosticReport(diagnostics, files: SourceFiles(of: diagnostics) { _ in file }).text(.text)
      }
    }
  }
}
