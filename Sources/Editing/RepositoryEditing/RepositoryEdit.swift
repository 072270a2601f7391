package import ConfigCompiler
package import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats

/// Edits of a repository's files, made in memory and nowhere else.
package struct RepositoryEdit: Sendable {
  /// A file before and after; nil where it is not there.
  package struct FileChange: Sendable, Equatable {
    package let path: String
    package let before: [UInt8]?
    package var after: [UInt8]?
  }

  /// The repository as it was.
  package let base: Compilation
  /// What it does, as an instruction in one line: the summary of a commit.
  package var summary: String
  /// What whoever does it should know.
  package var notes: [String] = []
  private var files: [String: FileChange] = [:]

  package init(_ base: Compilation, summary: String = "") {
    self.base = base
    self.summary = summary
  }

  /// The files that differ, by path.
  package var changes: [FileChange] {
    files.values.filter { $0.before != $0.after }.sorted { $0.path < $1.path }
  }

  /// Changes a document that is declared.
  ///
  /// - Throws: `EditRefusal`; the edit is as before then.
  package mutating func change(
    _ document: SourceDocument, _ kind: Kind, _ changes: [DocumentChange]
  ) throws(EditRefusal) {
    var edit = try DocumentEdit(
      current(document.file), document: document.index, shape: DocumentSchema.named(kind.rawValue)?.shape)
    for change in changes { try edit.apply(change) }
    record(document.path, edit.file.bytes)
  }

  /// Adds a document: in a file of its own at `path`, or at the end of the file that is there where `appends` allows it.
  ///
  /// - Parameter folder: where such documents belong, with a final `/`.
  mutating func add(
    _ document: [UInt8], in folder: String, at path: String, appends: Bool
  ) throws(EditRefusal) {
    let name = path.dropFirst(folder.count)
    guard path.hasPrefix(folder), name.hasSuffix(".yaml"), !name.contains("/"), !name.hasPrefix(".") else {
      throw EditRefusal(.invalidValue, "`\(path)` is not a file for it: name one in \(folder) that ends in .yaml")
    }
    guard let file = file(path) else { return record(path, document) }
    guard appends else {
      throw EditRefusal(.exists, "`\(path)` is there already: add the document to it with --file \(path)")
    }
    record(path, try DocumentFile.appending(document, to: file).bytes)
  }

  /// Adds the bytes of a file that must not be there yet.
  package mutating func addFile(_ bytes: [UInt8], at path: String) throws(EditRefusal) {
    guard file(path) == nil else { throw EditRefusal(.exists, "`\(path)` is there already") }
    record(path, bytes)
  }

  /// Removes a document, and its file where it is the only one in it.
  package mutating func remove(_ document: SourceDocument) throws(EditRefusal) {
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
