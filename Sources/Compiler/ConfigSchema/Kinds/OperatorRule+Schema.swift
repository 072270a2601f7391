import ConfigModel
import TextFormats
import YAMLSyntax

extension Schema where Value == OperatorRule {
  static let operatorRule = Schema.object(
    "Platform.spec.rules[]", OperatorRule(),
    "A rule of the operator's own about the documents of one kind. docs/language.md describes its expressions.",
    fields: [
      .required("name", \.name, .format(.dnsLabel), "the rule's name", examples: "keys-expire"),
      .required("kind", \.kind, .choice, "the kind whose documents it is about"),
      .required("severity", \.severity, .choice, "what follows from a document that breaks it"),
      .required(
        "text", \.text, .text(length: 1...500), "the rule in words, for those who break it",
        examples: "a key is valid for two years at most"),
      .required(
        "expression", \.expression, .text(length: 1...4_096),
        "the condition, which is true for documents that follow the rule",
        examples: "\"has(spec.expires) && spec.expires < '2029-01-01'\""),
      .required("examples", \.examples, .ruleExamples, "documents that show what it permits and refuses"),
    ])
}

extension Schema where Value == RuleExamples {
  static let ruleExamples = Schema.object(
    "Platform.spec.rules[].examples", RuleExamples(),
    "Documents that show what a rule permits and refuses, each with the fields that matter. The compiler evaluates the "
      + "rule for all of them.",
    fields: [
      .required("pass", \.pass, .list(of: .ruleExample, count: 1...50), "documents that follow the rule"),
      .required("fail", \.fail, .list(of: .ruleExample, count: 1...50), "documents that break it"),
    ])
}

extension Schema where Value == RuleExample {
  static let ruleExample = Schema.object(
    "rule example", RuleExample(), "A part of a document of the rule's kind.",
    fields: [
      .optional("metadata", \.metadata, .part, "fields of its metadata", examples: "{ labels: { tier: gold } }"),
      .optional("spec", \.spec, .part, "fields of its spec", examples: "{ replicas: 2 }"),
      .optional(
        "old", \.old, .part, "the document before the change; if missing, it is new",
        examples: "{ spec: { replicas: 1 } }"),
    ])
}

extension Schema where Value == String {
  /// The schema of a part of a document, which the rule's kind decides, as JSON.
  fileprivate static let part = Schema(shape: .anyMapping) { node, context in
    context.mapping(node).map { _ in JSON(node).text() }
  }
}
