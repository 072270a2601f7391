/// Supported requests.
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

  /// Prerequisites of a response.
  enum Need {
    case nothing
    /// Any compilation, because only names are needed.
    case anyCompilation
    /// A compilation of exactly the client's state.
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
