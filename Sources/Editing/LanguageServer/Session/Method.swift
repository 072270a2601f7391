/// The requests that are answered.
enum Method: String, CaseIterable {
  case hover = "textDocument/hover"
  case completion = "textDocument/completion"
  case definition = "textDocument/definition"
  case references = "textDocument/references"
  case prepareRename = "textDocument/prepareRename"
  case rename = "textDocument/rename"
  case codeAction = "textDocument/codeAction"
  case formatting = "textDocument/formatting"
  case documentSymbol = "textDocument/documentSymbol"
  case workspaceSymbol = "workspace/symbol"

  /// What an answer stands on.
  enum Need {
    case nothing
    /// Names are enough, whatever is being typed.
    case anyCompilation
    /// A compile of exactly what the client has.
    case currentCompilation
  }

  static func needs(_ method: String) -> Need {
    switch Method(rawValue: method) {
    case .documentSymbol, .formatting, nil: .nothing
    case .completion: .anyCompilation
    case .hover, .definition, .references, .prepareRename, .rename, .codeAction, .workspaceSymbol: .currentCompilation
    }
  }
}
