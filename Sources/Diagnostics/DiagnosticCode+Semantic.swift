extension DiagnosticCode {
  static let semanticEntries: [DiagnosticCode: CatalogueEntry] = [:]
}
