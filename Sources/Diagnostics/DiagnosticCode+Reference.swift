extension DiagnosticCode {
  static let referenceEntries: [DiagnosticCode: CatalogueEntry] = [:]
}
