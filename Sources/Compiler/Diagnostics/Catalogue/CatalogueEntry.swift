/// What is known about one diagnostic code: the single description from which `wpex explain`, the reference page, the
/// SARIF rules and the golden tests are made.
package struct CatalogueEntry: Sendable {
  package let severity: Severity
  /// The problem in a few words, without a final full stop.
  package let title: String
  /// Why this is refused and what to do, in Markdown.
  package let explanation: String
  /// Files that cause the problem, laid over `Example.base`.
  package let bad: Example
  /// Files that do the same right, laid over `Example.base`.
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
  /// All entries. A test keeps it complete.
  private static let catalogue: [DiagnosticCode: CatalogueEntry] =
    treeEntries.merging(syntaxEntries) { first, _ in first }
    .merging(shapeEntries) { first, _ in first }
    .merging(referenceEntries) { first, _ in first }
    .merging(semanticEntries) { first, _ in first }
    .merging(authorityEntries) { first, _ in first }

  /// What is known about this code.
  package var entry: CatalogueEntry {
    Self.catalogue[self]
      ?? CatalogueEntry(.error, rawValue, "This code is not described yet.", bad: Example([]), good: Example([]))
  }

  /// Whether the catalogue describes this code. `entry` falls back to an empty description, so a test asks here.
  package var isDescribed: Bool { Self.catalogue[self] != nil }
}
