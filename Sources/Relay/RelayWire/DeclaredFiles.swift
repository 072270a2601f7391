package import KeyBundles
import TextFormats

/// A relay's files together with the declaration that they match.
package struct DeclaredFiles: Sendable, Equatable {
  /// The declaration.
  package let declaration: RelayDeclaration
  /// Content of each declared file, by its name.
  package let contents: [String: [UInt8]]

  /// Combines a declaration with its files. Other files are left out.
  ///
  /// - Throws: `invalidContent` that names the file that is missing or differs; `cryptography`.
  package init(_ declaration: RelayDeclaration, _ contents: [String: [UInt8]]) throws(KeyBundleError) {
    for (name, digest) in declaration.files.sorted(by: { $0.key < $1.key }) {
      guard let bytes = contents[name] else {
        throw KeyBundleError(.invalidContent, "\(name) is declared and missing")
      }
      guard try SHA256Digest.hex(of: bytes) == digest else {
        throw KeyBundleError(
          .invalidContent, "\(name) is not the file that \(RelayDeclaration.file) declares")
      }
    }
    self.declaration = declaration
    self.contents = contents.filter { declaration.files[$0.key] != nil }
  }

  /// Parses what `bytes` returns.
  ///
  /// - Throws: `invalidContent`, `cryptography`.
  package init(parsing bytes: [UInt8]) throws(KeyBundleError) {
    guard let json = try? JSON(parsing: bytes) else { throw Self.malformed }
    try self.init(json)
  }

  /// Parses the JSON of files and their declaration.
  ///
  /// - Throws: `invalidContent`, `cryptography`.
  init(_ json: JSON) throws(KeyBundleError) {
    guard let declaration = json["declaration"], case .object(let members)? = json["files"] else {
      throw Self.malformed
    }
    var contents: [String: [UInt8]] = [:]
    for (name, value) in members.pairs {
      guard let bytes = value.text.flatMap({ Base64.decode($0.utf8, padded: true) }) else { throw Self.malformed }
      contents[name] = bytes
    }
    try self.init(RelayDeclaration(declaration), contents)
  }

  /// Declaration and files as JSON.
  var json: JSON {
    let files = contents.sorted { $0.key < $1.key }.map {
      (name: $0.key, value: JSON.string(String(decoding: Base64.encode($0.value, padded: true), as: UTF8.self)))
    }
    return ["declaration": declaration.json, "files": .object(JSON.Members(files))]
  }

  /// Declaration and files as one file.
  package var bytes: [UInt8] { json.canonicalBytes }

  private static var malformed: KeyBundleError {
    KeyBundleError(.invalidContent, "this is not a relay's declaration with its files")
  }
}
