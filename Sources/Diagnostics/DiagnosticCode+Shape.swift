extension DiagnosticCode {
  static let shapeEntries: [DiagnosticCode: CatalogueEntry] = [:]
}
