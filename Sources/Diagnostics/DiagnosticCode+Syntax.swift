extension DiagnosticCode {
  static let syntaxEntries: [DiagnosticCode: CatalogueEntry] = [:]
}
