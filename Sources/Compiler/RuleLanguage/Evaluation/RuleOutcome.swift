package import Diagnostics

/// A field that an evaluation read.
package struct RuleRead: Sendable, Equatable {
  /// The field's value, the name of a list or mapping, or the nearest part that lacks the field.
  package let range: SourceRange
  /// The field as the rule writes it: `spec.replicas`.
  package let text: String
  /// Whether the document does not have the field.
  package let isMissing: Bool
}

/// Result of evaluating a rule over a document that does not follow it.
package struct RuleOutcome: Sendable {
  /// Why the rule has no result; nil if the document breaks it.
  package let fault: RuleFault?
  /// The fields that decided, in the order in which they were read, each once.
  package let reads: [RuleRead]
}
