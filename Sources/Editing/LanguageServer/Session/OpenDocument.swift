import ConfigCompiler
import ConfigModel
import Diagnostics
import TextFormats

/// A file that is open in the client.
struct OpenDocument: Sendable {
  let uri: String
  /// The path in the repository; nil for a file outside it.
  var path: String?
  var version: Int
  var text: EditorText
  /// The revision of `RepositoryFiles` that includes this text.
  var revision: Int
}
