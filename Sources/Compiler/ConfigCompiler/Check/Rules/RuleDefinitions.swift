import ConfigModel
import ConfigSchema
import Diagnostics
import RuleLanguage
import YAMLSyntax

/// The operator's rules must have distinct names, sound expressions, and examples that they treat as they say.
enum RuleDefinitions: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let rules = unit.rules, let platform = unit.platform, let root = report.root(of: platform.source),
      let nodes = root["spec"]?["rules"]?.sequence
    else { return }
    checkNames(platform, &report)
    for (index, node) in nodes.enumerated() where rules.rules.indices.contains(index) {
      if let expression = node["expression"] {
        for fault in rules.faults[index] { report.add(fault, of: rules.rules[index], in: expression, platform) }
      }
      checkExamples(of: index, rules, node, platform, &report)
    }
  }

  private static func checkNames(_ platform: Declared<PlatformSpec>, _ report: inout Report) {
    var first: [String: Int] = [:]
    for (index, rule) in platform.spec.rules.enumerated() {
      let place = { (index: Int, text: String) in
        platform.place(["spec", "rules", .index(index), "name"], text)
      }
      if let earlier = first[rule.name] {
        report.add(
          .unusableRule, "two rules are called `\(rule.name)`", at: place(index, "again here"),
          related: [place(earlier, "first here")], help: "rename one of them: messages name rules")
      } else {
        first[rule.name] = index
      }
    }
  }

  // MARK: - Examples

  private static func checkExamples(
    of index: Int, _ rules: RuleBook, _ node: YAMLNode, _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    let rule = rules.rules[index]
    let path = platform.source.path
    for (field, mustPass) in [("pass", true), ("fail", false)] {
      for example in node["examples"]?[field]?.sequence ?? [] {
        var context = DecodingContext(path: path)
        context.check(example: example, of: rule.kind)
        guard context.diagnostics.isEmpty else {
          for diagnostic in context.diagnostics { report.add(diagnostic) }
          continue
        }
        guard rules.faults[index].isEmpty else { continue }
        let outcome = rules.outcome(of: index, forExample: example)
        guard let message = Self.message(rule, outcome, mustPass: mustPass) else { continue }
        let reads = (outcome?.reads ?? []).suffix(1).map { $0.label(in: path) }
        let expression = report.label(
          platform.place(["spec", "rules", .index(index), "expression"], "the rule `\(rule.name)`"))
        report.add(
          Diagnostic(
            .ruleExampleFails, message,
            at: Diagnostic.Label(
              SourceLocation(path: path, range: example.headRange), mustPass ? "this must pass" : "this must fail"),
            related: reads + [expression], help: "correct the expression, or the example"))
      }
    }
  }

  /// Returns what is wrong with the outcome of an example; nil if it is as intended.
  private static func message(_ rule: OperatorRule, _ outcome: RuleOutcome?, mustPass: Bool) -> String? {
    if let fault = outcome?.fault { return "the rule `\(rule.name)` has no answer for an example: \(fault.message)" }
    switch (mustPass, outcome) {
    case (true, .some): return "the rule `\(rule.name)` refuses an example that must pass"
    case (false, nil): return "the rule `\(rule.name)` permits an example that must fail"
    default: return nil
    }
  }
}

extension Report {
  /// Adds a diagnostic about a mistake in the expression that `node` contains.
  fileprivate mutating func add(
    _ fault: ExpressionFault, of rule: OperatorRule, in node: YAMLNode, _ platform: Declared<PlatformSpec>
  ) {
    let file = platform.source.file
    let exact = node.range(ofText: fault.range, in: file)
    let location = SourceLocation(path: file.path, range: exact ?? node.range)
    var fixes: [Diagnostic.Fix] = []
    if let replacement = fault.replacement, exact != nil, !replacement.contains("'") {
      fixes = [
        Diagnostic.Fix(
          "replace it with `\(replacement)`", edits: [Diagnostic.Edit(location, replacement)], isCertain: false)
      ]
    }
    add(
      Diagnostic(
        .unusableRule, "the expression of the rule `\(rule.name)` has a mistake: \(fault.message)",
        at: Diagnostic.Label(location), help: fault.help, fixes: fixes))
  }
}
