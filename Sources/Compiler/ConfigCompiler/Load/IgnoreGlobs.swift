import ConfigModel

/// Globs of `.wpexignore`.
///
/// Each line (LF or CRLF) is a glob, or a comment that begins with `#`. `*` and `?` match within a folder, `**` also
/// across folders, and a glob that ends in `/` matches everything below.
package struct IgnoreGlobs: Sendable, Equatable {
  private let globs: [[UInt8]]

  /// Parses the text of `.wpexignore`.
  package init(_ text: String = "") {
    // Scalars, not characters: CR LF is one character, and to reviewers other line breaks do not end a line.
    globs = text.unicodeScalars.split(separator: "\n").compactMap { line in
      let glob = Substring(line.last == "\r" ? line.dropLast() : line).drop { $0 == " " || $0 == "\t" }
      guard !glob.isEmpty, !glob.hasPrefix("#") else { return nil }
      let trimmed = glob.hasPrefix("/") ? glob.dropFirst() : glob
      return Array((trimmed.hasSuffix("/") ? trimmed + "**" : trimmed).utf8)
    }
  }

  /// Returns whether any glob matches the whole of `path`.
  package func match(_ path: String) -> Bool {
    guard !globs.isEmpty else { return false }
    let path = Array(path.utf8)
    return globs.contains { Self.matches($0, path) }
  }

  /// Returns whether a glob matches the whole of `path`.
  ///
  /// For each part of the glob, a table records which positions of the path are reachable, so no glob takes more than
  /// |glob| × |path| steps.
  private static func matches(_ glob: [UInt8], _ path: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var reachable = [Bool](repeating: false, count: path.count + 1)
    reachable[0] = true
    var index = 0
    while index < glob.count {
      let isDouble = glob[index] == star && index + 1 < glob.count && glob[index + 1] == star
      var next = [Bool](repeating: false, count: path.count + 1)
      if glob[index] == star {
        var isOpen = false
        for position in 0...path.count {
          if reachable[position] { isOpen = true }
          next[position] = isOpen
          if position < path.count, !isDouble, path[position] == UInt8(ascii: "/") { isOpen = false }
        }
      } else {
        for position in 0..<path.count where reachable[position] {
          let byte = path[position]
          let isMatch = glob[index] == UInt8(ascii: "?") ? byte != UInt8(ascii: "/") : glob[index] == byte
          if isMatch { next[position + 1] = true }
        }
      }
      reachable = next
      index += isDouble ? 2 : 1
    }
    return reachable[path.count]
  }
}
