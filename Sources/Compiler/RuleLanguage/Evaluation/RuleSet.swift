package import YAMLSyntax

/// Rules about one kind of documents, evaluated together.
package final class RuleSet: Sendable {
  private let program: RuleProgram

  /// Makes a set of expressions without mistakes.
  package init(_ expressions: [Expression]) {
    program = expressions.reduce(into: RuleProgram()) { _ = $0.add($1) }
  }

  /// Returns the indexes of the rules that the document does not follow, or for which that has no answer.
  ///
  /// - Parameters:
  ///   - document: Root of the document.
  ///   - old: Root of the same document before the change; nil if it is new.
  /// - Complexity: Linear in the document and the number of rules, each of at most `ExpressionLimits.maxSteps` steps.
  package func failures(in document: YAMLNode, old: YAMLNode? = nil) -> [Int] {
    var evaluator = RuleEvaluator(program, document, old: old, isRecording: false)
    var failures: [Int] = []
    for rule in program.roots.indices where evaluator.holds(rule) != true { failures.append(rule) }
    return failures
  }

  /// Returns why a document does not follow a rule; nil if it does.
  package func outcome(of rule: Int, in document: YAMLNode, old: YAMLNode? = nil) -> RuleOutcome? {
    var evaluator = RuleEvaluator(program, document, old: old, isRecording: true)
    let holds = evaluator.holds(rule)
    guard holds != true else { return nil }
    var reads: [RuleRead] = []
    for read in evaluator.reads {
      // Of several reads of a field, the last one counts.
      reads.removeAll { $0.range == read.range }
      reads.append(read)
    }
    return RuleOutcome(fault: holds == nil ? evaluator.fault ?? .tooCostly : nil, reads: reads)
  }

  /// Returns the value of an expression.
  package func value(of rule: Int, in document: YAMLNode, old: YAMLNode? = nil) -> RuleValue {
    var evaluator = RuleEvaluator(program, document, old: old, isRecording: false)
    return evaluator.result(rule)
  }
}
