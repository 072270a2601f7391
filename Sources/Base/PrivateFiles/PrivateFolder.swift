import Glibc

/// Folders that only their owner can open.
package enum PrivateFolder {
  /// Creates a folder and its missing parents. Existing folders are left unchanged.
  ///
  /// - Throws: `PrivateFile.Refused` if one cannot be created.
  package static func make(_ path: String) throws {
    var path = Substring(path)
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    var end = path.startIndex
    while end < path.endIndex {
      end = path.utf8[path.utf8.index(after: end)...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
      let part = String(path[..<end])
      guard mkdir(part, 0o700) == 0 || errno == EEXIST else {
        throw PrivateFile.Refused(
          description: "the folder `\(part)` cannot be created: \(String(cString: strerror(errno)))")
      }
    }
  }
}
