import CLibgit2
import FoundationEssentials

/// Writes Git objects from raw bytes, including ones that no Git command makes.
package final class RawObjects {
  private let repository: OpaquePointer
  private let database: OpaquePointer
  /// Path of the bare repository.
  package let path: String

  /// Kind of a Git object.
  package enum Kind { case blob, tree, commit }

  /// An entry of a tree, which may be malformed.
  package struct Entry: Sendable {
    /// Mode in octal digits.
    package var mode: [UInt8]
    package var name: [UInt8]
    package var id: [UInt8]

    package init(_ mode: String, _ name: some Sequence<UInt8>, _ id: [UInt8]) {
      self.mode = Array(mode.utf8)
      self.name = Array(name)
      self.id = id
    }

    package init(_ mode: String, _ name: String, _ id: [UInt8]) { self.init(mode, name.utf8, id) }

    /// Git's sort key.
    fileprivate var key: [UInt8] { mode.elementsEqual("40000".utf8) ? name + [UInt8(ascii: "/")] : name }
  }

  /// Creates a bare repository.
  package init(at path: String) throws {
    git_libgit2_init()
    var repository: OpaquePointer?
    var database: OpaquePointer?
    guard git_repository_init(&repository, path, 1) == 0, let repository,
      git_repository_odb(&database, repository) == 0, let database
    else { throw ExternalCommand.Failure(what: "cannot make a repository at \(path)") }
    self.repository = repository
    self.database = database
    self.path = path
  }

  deinit {
    git_odb_free(database)
    git_repository_free(repository)
    git_libgit2_shutdown()
  }

  /// Writes an object.
  ///
  /// - Returns: Its id as bytes.
  /// - Throws: `ExternalCommand.Failure` if libgit2 refuses it.
  @discardableResult
  package func write(_ kind: Kind, _ bytes: [UInt8]) throws -> [UInt8] {
    let type = kind == .blob ? GIT_OBJECT_BLOB : kind == .tree ? GIT_OBJECT_TREE : GIT_OBJECT_COMMIT
    var id = git_oid()
    guard git_odb_write(&id, database, bytes, bytes.count, type) == 0 else {
      throw ExternalCommand.Failure(what: "cannot write an object")
    }
    return withUnsafeBytes(of: &id) { Array($0.prefix(20)) }
  }

  /// Bytes of a tree.
  ///
  /// - Parameter isSorted: whether to sort the entries in Git's order first.
  package static func bytes(_ entries: [Entry], isSorted: Bool = true) -> [UInt8] {
    let entries = isSorted ? entries.sorted { $0.key.lexicographicallyPrecedes($1.key) } : entries
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += entry.mode
      bytes.append(UInt8(ascii: " "))
      bytes += entry.name
      bytes.append(0)
      bytes += entry.id
    }
    return bytes
  }

  /// Writes a tree in Git's order.
  ///
  /// - Returns: Its id as bytes.
  package func tree(_ entries: [Entry]) throws -> [UInt8] { try write(.tree, Self.bytes(entries)) }

  /// Writes a commit of a tree.
  ///
  /// - Returns: Its id in hexadecimal digits.
  package func commit(_ tree: [UInt8], parents: [String] = [], time: Int = 1_780_000_000) throws -> String {
    let parents = parents.map { "parent \($0)\n" }.joined()
    let text =
      "tree \(Self.hexadecimal(tree))\n\(parents)author A <a@example.net> \(time) +0000\n"
      + "committer A <a@example.net> \(time) +0000\n\nraw\n"
    return Self.hexadecimal(try write(.commit, Array(text.utf8)))
  }

  /// An id in hexadecimal digits.
  package static func hexadecimal(_ id: [UInt8]) -> String {
    id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
