import ConfigModel
import ConfigSchema
import Diagnostics
import RuleLanguage
import YAMLSyntax

/// The operator's rules, ready to be evaluated.
///
/// A class, because a hundred thousand files refer to the rules that were evaluated for them.
final class RuleBook: Sendable {
  /// The rules as they are declared.
  let rules: [OperatorRule]
  /// For each rule, the mistakes in its expression.
  let faults: [[ExpressionFault]]
  /// Rules about documents as they are, by kind.
  private let states: [Kind: Section]
  /// Rules that compare documents before and after a change, by kind.
  private let changes: [Kind: Section]

  /// Rules about one kind.
  private struct Section: Sendable {
    let set: RuleSet
    /// Indexes of the set's rules in the book.
    let indexes: [Int]
  }

  /// Returns the book of the rules; nil if `rules` is empty.
  static func make(of rules: [OperatorRule], reusing known: RuleBook?) -> RuleBook? {
    if rules.isEmpty { return nil }
    return known.flatMap { $0.rules == rules ? $0 : nil } ?? RuleBook(rules)
  }

  private init(_ rules: [OperatorRule]) {
    self.rules = rules
    var faults: [[ExpressionFault]] = []
    var states: [Kind: [(index: Int, expression: Expression)]] = [:]
    var changes = states
    for (index, rule) in rules.enumerated() {
      switch ExpressionChecker.check(rule.expression, over: rule.kind) {
      case .failure(let found):
        faults.append(found.faults)
      case .success(let expression):
        faults.append([])
        if expression.mentionsOld {
          changes[rule.kind, default: []].append((index, expression))
        } else {
          states[rule.kind, default: []].append((index, expression))
        }
      }
    }
    self.faults = faults
    let section = { (rules: [(index: Int, expression: Expression)]) in
      Section(set: RuleSet(rules.map(\.expression)), indexes: rules.map(\.index))
    }
    self.states = states.mapValues(section)
    self.changes = changes.mapValues(section)
  }

  /// Returns whether a rule is about documents of a kind as they are.
  func covers(_ kind: Kind) -> Bool { states[kind] != nil }

  /// Returns whether a rule is about changes of documents of a kind.
  func coversChanges(of kind: Kind) -> Bool { changes[kind] != nil }

  /// Whether a rule is about changes.
  var hasChanges: Bool { !changes.isEmpty }

  /// Adds the rules that a document breaks.
  ///
  /// - Parameters:
  ///   - root: The document.
  ///   - position: Position of the document among those of its file that were decoded.
  ///   - kind: Kind of the document.
  func check(_ root: YAMLNode, of position: Int, _ kind: Kind, _ breaches: inout [RuleBreach]) {
    guard let section = states[kind] else { return }
    collect(section, root, nil, position, &breaches)
  }

  /// Adds the rules that the change of a document breaks; `old` is nil if the document is new.
  func checkChange(
    to root: YAMLNode, from old: YAMLNode?, of position: Int, _ kind: Kind, _ breaches: inout [RuleBreach]
  ) {
    guard let section = changes[kind] else { return }
    collect(section, root, old, position, &breaches)
  }

  private func collect(
    _ section: Section, _ root: YAMLNode, _ old: YAMLNode?, _ position: Int, _ breaches: inout [RuleBreach]
  ) {
    for rule in section.set.failures(in: root, old: old) {
      guard let outcome = section.set.outcome(of: rule, in: root, old: old) else { continue }
      breaches.append(
        RuleBreach(rule: section.indexes[rule], document: position, head: root.nameRange, outcome: outcome))
    }
  }

  /// Returns why an example does not follow a rule; nil if it does, or if the rule cannot be evaluated.
  func outcome(of rule: Int, forExample node: YAMLNode) -> RuleOutcome? {
    let kind = rules[rule].kind
    for section in [states[kind], changes[kind]] {
      guard let section, let position = section.indexes.firstIndex(of: rule) else { continue }
      return section.set.outcome(of: position, in: node, old: node["old"])
    }
    return nil
  }
}

/// A document that breaks a rule of the operator.
struct RuleBreach: Sendable {
  /// Index of the rule.
  let rule: Int
  /// Position of the document among those of its file that were decoded.
  let document: Int
  /// Range of the document's name.
  let head: SourceRange
  /// The fields that decided, or why the rule has no answer.
  let outcome: RuleOutcome
}

extension YAMLNode {
  /// Range of a document's name.
  fileprivate var nameRange: SourceRange { self["metadata"]?["name"]?.range ?? headRange }
}
