/// Names of files or folders that some file systems treat as the same.
struct PathCollision: Sendable, Equatable {
  /// A name that is part of a collision.
  struct Name: Sendable, Equatable {
    /// Path of the file or folder.
    let text: String
    /// Path of the first entry with that name or below it.
    let entry: String

    /// Compares bytes: Swift treats texts as equal that differ only in Unicode normalization, but here they are two.
    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
  }

  /// The names, two or more, in the order of the entries.
  private(set) var names: [Name]

  /// Returns all collisions among entries, which share one parent folder's subtree.
  ///
  /// Swift compares strings by canonical equivalence, so only the case has to be folded here. Folding begins with upper
  /// case, because some letters (ß) have no single upper-case form.
  static func all(among entries: [TreeEntry]) -> [PathCollision] {
    var first: [String: Name] = [:]
    first.reserveCapacity(entries.count)
    var several: [String: PathCollision] = [:]
    for entry in entries {
      let path = entry.path
      var end = path.utf8.endIndex
      while true {
        let name = Name(text: String(path[..<end]), entry: path)
        let text = name.text
        let key = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : text.uppercased().lowercased()
        if let other = first[key] {
          // The name is known, and so are the names of the folders that contain it.
          guard other != name, several[key]?.names.contains(name) != true else { break }
          several[key, default: PathCollision(names: [other])].names.append(name)
        } else {
          first[key] = name
        }
        guard let slash = path.utf8[..<end].lastIndex(of: UInt8(ascii: "/")) else { break }
        end = slash
      }
    }
    return several.sorted { $0.key < $1.key }.map(\.value)
  }
}
