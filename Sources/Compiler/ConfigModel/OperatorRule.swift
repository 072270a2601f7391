/// A rule of the operator's own about the documents of one kind.
package struct OperatorRule: Sendable, Equatable {
  /// Name, unique in the platform.
  package var name = ""
  /// Kind of the documents.
  package var kind = Kind.relay
  /// What follows from a document that breaks the rule.
  package var severity = RuleSeverity.error
  /// The rule in words, for those who break it.
  package var text = ""
  /// The rule as an expression, which is true for documents that follow it.
  package var expression = ""
  /// Documents that show what the rule permits and refuses.
  package var examples = RuleExamples()

  package init() {}
}

/// What follows from a document that breaks an operator's rule.
package enum RuleSeverity: String, DocumentedEnumeration {
  case error, warning

  package var summary: String {
    switch self {
    case .error: "the change is refused"
    case .warning: "the change is possible, but everybody who validates it sees the rule"
    }
  }
}

/// Documents that show what a rule permits and refuses. Each has only the fields that matter.
package struct RuleExamples: Sendable, Equatable {
  /// Documents that follow the rule.
  package var pass: [RuleExample] = []
  /// Documents that break the rule.
  package var fail: [RuleExample] = []

  package init() {}
}

/// A part of a document, for which a rule is evaluated.
package struct RuleExample: Sendable, Equatable {
  /// Part of the metadata, as JSON.
  package var metadata: String?
  /// Part of the spec, as JSON.
  package var spec: String?
  /// Part of the document before the change, as JSON; nil for a document that is new.
  package var old: String?

  package init() {}
}
