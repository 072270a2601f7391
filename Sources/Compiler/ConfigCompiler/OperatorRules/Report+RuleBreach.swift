import ConfigModel
import ConfigSchema
import Diagnostics
import RuleLanguage

extension Report {
  /// Maximum number of fields that a diagnostic about a rule points at, besides the one that decided.
  private static let maxRelated = 3

  /// Adds diagnostics about the documents of a file that break rules of the operator.
  mutating func add(_ breaches: [RuleBreach], in file: ParsedFile, by platform: Declared<PlatformSpec>) {
    for breach in breaches where file.documents.indices.contains(breach.document) {
      add(breach, of: file.documents[breach.document], by: platform)
    }
  }

  private mutating func add(_ breach: RuleBreach, of document: ParsedDocument, by platform: Declared<PlatformSpec>) {
    guard platform.spec.rules.indices.contains(breach.rule) else { return }
    let rule = platform.spec.rules[breach.rule]
    let subject = "the \(document.declaration.kind.rawValue) `\(document.declaration.metadata.name)`"
    let message: String
    let help: String
    if let fault = breach.outcome.fault {
      message = "the rule `\(rule.name)` has no answer for \(subject): \(fault.message)"
      help = "a user with `platform:write` can correct the rule, which says: \(rule.text.asPhrase)"
    } else {
      message = "\(subject) breaks the rule `\(rule.name)`: \(rule.text.asPhrase)"
      help = "follow the rule, or ask a user with `platform:write` to change it"
    }
    let path = document.source.path
    let primary =
      breach.outcome.reads.last?.label(in: path) ?? Diagnostic.Label(SourceLocation(path: path, range: breach.head))
    var related = breach.outcome.reads.dropLast().suffix(Self.maxRelated).map { $0.label(in: path, saying: "and") }
    let place: FieldPath = ["spec", "rules", .index(breach.rule), "expression"]
    related.append(label(platform.place(place, "the rule `\(rule.name)`")))
    add(
      Diagnostic(
        rule.severity == .error ? .ruleBroken : .ruleAdvice, message, at: primary, related: related, help: help))
  }
}

extension RuleRead {
  /// Returns the label for the field in a file.
  func label(in path: String, saying words: String = "the rule reads") -> Diagnostic.Label {
    Diagnostic.Label(
      SourceLocation(path: path, range: range), isMissing ? "`\(text)` is missing here" : "\(words) `\(text)`")
  }
}

extension String {
  /// The text without a full stop at its end.
  fileprivate var asPhrase: String {
    let text = prefix { !$0.isNewline }
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }
}
