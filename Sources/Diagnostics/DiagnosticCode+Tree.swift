extension DiagnosticCode {
  static let treeEntries: [DiagnosticCode: CatalogueEntry] = [:]
}
