package import ConfigCompiler
package import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats

/// Edits of a repository's files, made in memory only.
package struct RepositoryEdit: Sendable {
  /// A file before and after an edit.
  package struct FileChange: Sendable, Equatable {
    /// The file's path in the repository.
    package let path: String
    /// The old content; nil for a new file.
    package let before: [UInt8]?
    /// The new content; nil for a removed file.
    package var after: [UInt8]?
  }

  /// The repository before the edit.
  package let base: Compilation
  /// A commit summary: one line in the imperative.
  package var summary: String
  /// Remarks for the user.
  package var notes: [String] = []
  private var files: [String: FileChange] = [:]

  /// Begins an edit without changes.
  package init(_ base: Compilation, summary: String = "") {
    self.base = base
    self.summary = summary
  }

  /// Changed files, sorted by path.
  package var changes: [FileChange] {
    files.values.filter { $0.before != $0.after }.sorted { $0.path < $1.path }
  }

  /// Changes an existing document.
  ///
  /// - Throws: `EditError`; the edit is then unchanged.
  package mutating func change(
    _ document: SourceDocument, _ kind: Kind, _ changes: [DocumentChange]
  ) throws(EditError) {
    var edit = try DocumentEdit(
      current(document.file), document: document.index, shape: DocumentSchema.named(kind.rawValue)?.shape)
    for change in changes { try edit.apply(change) }
    record(document.path, edit.file.bytes)
  }

  /// Adds a document in a new file at `path`, or, if `appends` is true, at the end of an existing file.
  ///
  /// - Parameter folder: the folder for documents of its kind, with a trailing `/`.
  /// - Throws: `EditError` if the path is not directly in `folder`, or if the file exists and cannot be appended to.
  mutating func add(
    _ document: [UInt8], in folder: String, at path: String, appends: Bool
  ) throws(EditError) {
    let name = path.dropFirst(folder.count)
    guard path.hasPrefix(folder), name.hasSuffix(".yaml"), !name.contains("/"), !name.hasPrefix(".") else {
      throw EditError(.invalidValue, "`\(path)` cannot hold the document: name a file in \(folder) that ends in .yaml")
    }
    guard let file = file(path) else { return record(path, document) }
    guard appends else {
      throw EditError(.exists, "`\(path)` already exists: add the document to it with --file \(path)")
    }
    record(path, try DocumentFile.appending(document, to: file).bytes)
  }

  /// Removes a document, together with its file if it is the only document in it.
  ///
  /// - Throws: `EditError` if the file cannot be edited safely.
  package mutating func remove(_ document: SourceDocument) throws(EditError) {
    record(document.path, try DocumentFile.removing(document.index, from: current(document.file))?.bytes)
  }

  private func current(_ file: SourceFile) -> SourceFile { self.file(file.path) ?? file }

  private func file(_ path: String) -> SourceFile? {
    guard let change = files[path] else { return base.source(path) }
    return change.after.map { SourceFile(path: path, bytes: $0) }
  }

  private mutating func record(_ path: String, _ bytes: [UInt8]?) {
    let before = files[path].map(\.before) ?? base.source(path)?.bytes
    files[path] = FileChange(path: path, before: before, after: bytes)
  }
}
