import TextFormats

/// The client's capabilities, as far as responses depend on them.
struct ClientCapabilities: Sendable {
  var snippets = false
  var relatedInformation = false
  var codeDescriptions = false
  var documentChanges = false
  var watchesFiles = false
  var hierarchicalSymbols = false
  var encodings: [String] = []

  init() {}

  init(_ json: JSON) {
    let document = json["textDocument"] ?? .null
    let workspace = json["workspace"] ?? .null
    func isTrue(_ value: JSON?) -> Bool { value == .bool(true) }
    snippets = isTrue(document["completion"]?["completionItem"]?["snippetSupport"])
    relatedInformation = isTrue(document["publishDiagnostics"]?["relatedInformation"])
    codeDescriptions = isTrue(document["publishDiagnostics"]?["codeDescriptionSupport"])
    documentChanges = isTrue(workspace["workspaceEdit"]?["documentChanges"])
    watchesFiles = isTrue(workspace["didChangeWatchedFiles"]?["dynamicRegistration"])
    hierarchicalSymbols = isTrue(document["documentSymbol"]?["hierarchicalDocumentSymbolSupport"])
    encodings = (json["general"]?["positionEncodings"]?.elements ?? []).compactMap(\.text)
  }
}
