/// Names of files or folders which some file systems take for one.
struct PathCollision: Sendable, Equatable {
  struct Name: Sendable, Equatable {
    /// A path, or the beginning of one.
    let text: String
    /// The first entry that has it.
    let entry: String

    /// Swift takes two texts for one where they differ in Unicode normalisation only; here they are two.
    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
  }

  /// Two or more, in the order of the entries.
  private(set) var names: [Name]

  /// Every collision among entries, which share one parent folder's subtree. Swift compares strings by canonical
  /// equivalence, so that only the case has to be folded here; upper case first, because some letters (ß) have no single
  /// upper-case form.
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
          // The name is known, and so are those of the folders that it lies in.
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
