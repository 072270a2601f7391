extension DiagnosticCode {
  /// Codes about the operator's own rules, and about documents that break them.
  static let operatorRuleEntries: [DiagnosticCode: CatalogueEntry] = [
    .unusableRule: CatalogueEntry(
      .error, "operator's rule that cannot be used",
      "The expression of a rule in `Platform.spec.rules` has a mistake: it reads a field that the kind does not have, compares "
        + "a number with a text, reads an optional field without asking `has` first, or is not an expression at all. "
        + "docs/language.md describes expressions.",
      bad: platform(rule.replacing("spec.expires <", with: "spec.expire <")), good: platform(rule)),
    .ruleExampleFails: CatalogueEntry(
      .error, "example that contradicts its rule",
      "The compiler evaluates a rule for all its examples. One that must pass does not, or one that must fail passes: either "
        + "the expression does not say what was meant, or the example does not.",
      bad: platform(rule.replacing("spec.expires <", with: "spec.expires >")), good: platform(rule)),
    .ruleBroken: CatalogueEntry(
      .error, "document that breaks a rule of the operator",
      "The operator of the platform declares rules in `Platform.spec.rules`, which hold for everybody. The message has the "
        + "rule in the operator's words, and points at the field that decided. A rule also holds for documents that were "
        + "there before it. If the message says that the rule has no answer, it reads a field that the document does not "
        + "have: that is a mistake of the rule, and an admin can correct it.",
      bad: platform(rule).adding(.key("publicKey: \(Example.publicKey)\nexpires: 2031-06-30")),
      good: platform(rule).adding(.key("publicKey: \(Example.publicKey)\nexpires: 2027-06-30"))),
    .ruleAdvice: CatalogueEntry(
      .warning, "document that a rule of the operator advises against",
      "The rule has `severity: warning`: the change is possible, but the operator wants everybody to see this.",
      bad: platform(rule.replacing("severity: error", with: "severity: warning")).adding(
        .key("publicKey: \(Example.publicKey)\nexpires: 2031-06-30")),
      good: platform(rule.replacing("severity: error", with: "severity: warning")).adding(
        .key("publicKey: \(Example.publicKey)\nexpires: 2027-06-30"))),
  ]

  private static let rule = """
    rules:
      - name: keys-end-by-2030
        kind: Key
        severity: error
        text: a key expires before 2030
        expression: "!has(spec.expires) || spec.expires < '2030-01-01'"
        examples:
          pass:
            - spec: { expires: 2029-12-31 }
            - spec: {}
          fail:
            - spec: { expires: 2031-06-30 }
    """

  private static func platform(_ rules: String) -> Example {
    Example(
      "platform.yaml",
      Example.document(
        "Platform", "example",
        """
        regions:
          - name: eu-north
            publicHost: relay.north.example.net
            portRange: 30000-30999
        relay:
          image:
            repository: registry.example.net/wpex-relay
            digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m

        """ + rules))
  }
}
