/// Names that some file system resolves to one of Git's own: HFS+ (ignored code points) and NTFS (short names, trailing
/// dots and blanks, streams). The same names that `git fsck` rejects.
enum GitName {
  /// Whether a file system may resolve a name to `.git`.
  static func isRepository(_ name: ArraySlice<UInt8>) -> Bool {
    isHFS(name, ".git") || isNTFSRepository(name) || afterBackslashes(name).contains(where: isNTFSRepository)
  }

  /// Whether a file system may resolve a name to `.gitmodules`.
  static func isSubmoduleList(_ name: ArraySlice<UInt8>) -> Bool {
    isHFS(name, ".gitmodules") || isNTFSSubmoduleList(name)
      || afterBackslashes(name).contains(where: isNTFSSubmoduleList)
  }

  /// Returns the suffix after each backslash, which Windows treats as a slash.
  private static func afterBackslashes(_ name: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    name.indices.filter { name[$0] == UInt8(ascii: "\\") }.map { name[($0 + 1)...] }
  }

  // MARK: - HFS+

  private static func isHFS(_ name: ArraySlice<UInt8>, _ wanted: String) -> Bool {
    // Only names that begin with a dot, or with a code point that HFS+ ignores, can match.
    guard let first = name.first, first == UInt8(ascii: ".") || first >= 0x80 else { return false }
    var decoder = UTF8()
    var bytes = name.makeIterator()
    /// The next code point that HFS+ does not ignore; nil at the end and at invalid UTF-8, which Git treats as the end.
    func next() -> UInt32? {
      while case .scalarValue(let scalar) = decoder.decode(&bytes) {
        switch scalar.value {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: continue
        case 0xFFFE, 0xFFFF: return nil
        default: return scalar.value
        }
      }
      return nil
    }
    for expected in wanted.utf8 {
      guard let found = next(), found < 0x80, lowercase(UInt8(truncatingIfNeeded: found)) == expected else {
        return false
      }
    }
    return next() == nil
  }

  // MARK: - NTFS

  private static func isNTFSRepository(_ name: ArraySlice<UInt8>) -> Bool {
    for start in [".git", "git~1"] where begins(name, start) {
      if endsOnNTFS(name.dropFirst(start.utf8.count), isPath: true) { return true }
    }
    return false
  }

  private static func isNTFSSubmoduleList(_ name: ArraySlice<UInt8>) -> Bool {
    if begins(name, ".gitmodules"), endsOnNTFS(name.dropFirst(11)) { return true }
    // The first four short names: six letters, a tilde, a digit.
    if begins(name, "gitmod~"), let digit = name.dropFirst(7).first, (0x31...0x34).contains(digit),
      endsOnNTFS(name.dropFirst(8))
    {
      return true
    }
    return isHashedShortName(name, "gi7eba")
  }

  /// Whether a name is one of the later short names: the beginning of a hash, a tilde and a number, eight characters in
  /// total.
  private static func isHashedShortName(_ name: ArraySlice<UInt8>, _ hash: String) -> Bool {
    guard name.count >= 8, let tilde = name.prefix(8).firstIndex(of: UInt8(ascii: "~")) else { return false }
    let length = tilde - name.startIndex
    guard length <= 6, begins(name, String(hash.prefix(length))) else { return false }
    let number = name.prefix(8).dropFirst(length + 1)
    guard let first = number.first, (0x31...0x39).contains(first), number.allSatisfy({ (0x30...0x39).contains($0) })
    else {
      return false
    }
    return endsOnNTFS(name.dropFirst(8))
  }

  /// Whether only dots, blanks or a stream's name follow.
  private static func endsOnNTFS(_ rest: ArraySlice<UInt8>, isPath: Bool = false) -> Bool {
    for byte in rest {
      switch byte {
      case UInt8(ascii: ":"): return true
      case UInt8(ascii: "\\"), UInt8(ascii: "/"): return isPath
      case UInt8(ascii: "."), UInt8(ascii: " "): continue
      default: return false
      }
    }
    return true
  }

  private static func begins(_ name: ArraySlice<UInt8>, _ wanted: String) -> Bool {
    let start = name.prefix(wanted.utf8.count)
    return start.count == wanted.utf8.count && zip(start, wanted.utf8).allSatisfy { lowercase($0) == $1 }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
