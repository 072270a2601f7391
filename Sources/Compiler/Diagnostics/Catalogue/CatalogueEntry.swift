/// Description of a diagnostic code.
///
/// It is the only source of `wpex explain`, the reference page, the SARIF rules and the golden tests.
package struct CatalogueEntry: Sendable {
  /// Severity of every diagnostic with the code.
  package let severity: Severity
  /// Name of the problem in a few words, without a final full stop.
  package let title: String
  /// Reason for the refusal, and what to do, in Markdown.
  package let explanation: String
  /// Files that cause the problem, on top of `Example.base`.
  package let bad: Example
  /// Files that achieve the same correctly, on top of `Example.base`.
  package let good: Example

  package init(_ severity: Severity, _ title: String, _ explanation: String, bad: Example, good: Example) {
    self.severity = severity
    self.title = title
    self.explanation = explanation
    self.bad = bad
    self.good = good
  }
}

extension DiagnosticCode {
  /// All entries. A test verifies that it is complete.
  private static let catalogue: [DiagnosticCode: CatalogueEntry] =
    treeEntries.merging(syntaxEntries) { first, _ in first }
    .merging(shapeEntries) { first, _ in first }
    .merging(referenceEntries) { first, _ in first }
    .merging(semanticEntries) { first, _ in first }.merging(serviceEntries) { first, _ in first }
    .merging(operatorRuleEntries) { first, _ in first }
    .merging(authorityEntries) { first, _ in first }

  /// Description of this code.
  package var entry: CatalogueEntry {
    Self.catalogue[self]
      ?? CatalogueEntry(.error, rawValue, "This code has no description yet.", bad: Example([]), good: Example([]))
  }

  /// Whether the catalogue describes this code.
  ///
  /// `entry` falls back to an empty description, so tests check this instead.
  package var isDescribed: Bool { Self.catalogue[self] != nil }
}
