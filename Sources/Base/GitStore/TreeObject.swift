/// The entries of a tree object, parsed from its bytes. Only trees that Git itself would write are accepted: other
/// programs might read anything else differently.
struct TreeObject {
  let entries: [Entry]

  struct Entry {
    let kind: Kind
    /// The name: without a slash, not empty, not `.`, `..` or a disguised `.git`.
    let name: ArraySlice<UInt8>
    /// The object's id: 20 bytes, not all zero.
    let id: ArraySlice<UInt8>
  }

  enum Kind: Equatable {
    case folder, file, symbolicLink, submodule

    /// Parses a mode exactly as Git writes it. Others, such as that of group-writable files from 2005, are rejected.
    fileprivate init?(mode: ArraySlice<UInt8>) {
      switch mode {
      case Self.folderMode: self = .folder
      case Self.fileMode, Self.programMode: self = .file
      case Self.linkMode: self = .symbolicLink
      case Self.submoduleMode: self = .submodule
      default: return nil
      }
    }

    private static let folderMode = ArraySlice("40000".utf8)
    private static let fileMode = ArraySlice("100644".utf8)
    private static let programMode = ArraySlice("100755".utf8)
    private static let linkMode = ArraySlice("120000".utf8)
    private static let submoduleMode = ArraySlice("160000".utf8)
  }

  /// Length of a SHA-1 id in bytes; no other object format is supported.
  static let idLength = 20

  /// The id of the empty tree, which libgit2 provides even if it was never stored.
  static let emptyID: [UInt8] = [
    0x4B, 0x82, 0x5D, 0xC6, 0x42, 0xCB, 0x6E, 0xB9, 0xA0, 0x60, 0xE5, 0x4B, 0xF8, 0xD6, 0x92, 0x88, 0xFB, 0xEE, 0x49,
    0x04,
  ]

  /// Parses a tree object without its header of type and length.
  ///
  /// - Throws: `TreeFault` for the first entry that Git would not have written.
  init(_ bytes: [UInt8]) throws(TreeFault) {
    var entries: [Entry] = []
    // Files whose names may be a prefix of the following names, each a prefix of the next.
    var files: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let end = rest[space...].firstIndex(of: 0), rest.endIndex - end > Self.idLength
      else { throw TreeFault("it ends in the middle of an entry") }
      let name = rest[(space + 1)..<end]
      let id = rest[(end + 1)..<(end + 1 + Self.idLength)]
      guard let kind = Kind(mode: rest[..<space]) else { throw TreeFault(name, "has a mode that Git does not use") }
      guard id.contains(where: { $0 != 0 }) else { throw TreeFault(name, "has an id of only zeros") }
      try Self.check(name, kind)
      if let last = entries.last { try Self.check(name, kind, after: last) }
      // A file `a` and a folder `a` are not adjacent if `a.b` sorts between them.
      while let file = files.last, !name.starts(with: file) { files.removeLast() }
      if files.last == name { throw TreeFault(name, "is there twice") }
      if kind != .folder { files.append(name) }
      entries.append(Entry(kind: kind, name: name, id: id))
      rest = rest[(end + 1 + Self.idLength)...]
    }
    self.entries = entries
  }

  private static func check(_ name: ArraySlice<UInt8>, _ kind: Kind) throws(TreeFault) {
    guard !name.isEmpty else { throw TreeFault("it has an entry without a name") }
    guard !name.contains(UInt8(ascii: "/")) else { throw TreeFault(name, "contains a slash") }
    guard !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else {
      throw TreeFault(name, "leads elsewhere")
    }
    guard !GitName.isRepository(name) else { throw TreeFault(name, "could be mistaken for `.git`") }
    guard kind != .symbolicLink || !GitName.isSubmoduleList(name) else {
      throw TreeFault(name, "is a link, and could be mistaken for `.gitmodules`")
    }
  }

  /// Git sorts by bytes, and treats a folder's name as if it ended with a slash.
  private static func check(_ name: ArraySlice<UInt8>, _ kind: Kind, after last: Entry) throws(TreeFault) {
    func key(_ name: ArraySlice<UInt8>, _ kind: Kind) -> ArraySlice<UInt8> {
      kind == .folder ? name + [UInt8(ascii: "/")] : name
    }
    if name == last.name { throw TreeFault(name, "is there twice") }
    guard key(last.name, last.kind).lexicographicallyPrecedes(key(name, kind)) else {
      throw TreeFault(name, "is out of order")
    }
  }
}

/// A deviation from the form in which Git writes trees.
struct TreeFault: Error, Equatable {
  /// The end of the sentence “the folder … is malformed: …”.
  let reason: String

  init(_ reason: String) { self.reason = reason }

  init(_ name: ArraySlice<UInt8>, _ what: String) {
    reason = "its entry `\(Self.shown(name))` \(what)"
  }

  static func hexadecimal(_ id: some Sequence<UInt8>) -> String {
    id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Returns an untrusted name in printable ASCII.
  static func shown(_ name: some Collection<UInt8>) -> String {
    let text = name.prefix(100).map { byte -> String in
      guard (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "`") else {
        return (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
      }
      return String(UnicodeScalar(byte))
    }.joined()
    return name.count > 100 ? text + "…" : text
  }
}
