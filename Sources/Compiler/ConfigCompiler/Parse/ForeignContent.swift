import Diagnostics

/// Detection of content that another program left in place of a file's own text.
///
/// It recognizes Git LFS, git-crypt, UTF-16 and merge conflicts. One message names the cause; the parser would report
/// dozens of errors.
enum ForeignContent {
  /// Returns the problem; nil if the file contains text of its own.
  static func diagnostic(of source: SourceFile) -> Diagnostic? {
    let bytes = source.bytes
    if bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8) {
      return report(
        .malformedYAML, source, "is a Git LFS pointer; the file itself is stored elsewhere",
        "the daemon reads what is committed: remove `\(source.path)` from .gitattributes, and commit the file itself")
    }
    if bytes.starts(with: [0] + Array("GITCRYPT".utf8)) {
      return report(
        .malformedYAML, source, "is encrypted by git-crypt",
        "reviewers and the daemon read what is committed: remove `\(source.path)` from .gitattributes; `wpex key "
          + "seal` hides a "
          + "single value")
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || isWide(bytes) {
      return report(.invalidUTF8, source, "is UTF-16", "save it as UTF-8")
    }
    return conflict(in: source)
  }

  /// Returns whether every second byte at the beginning is zero, as in UTF-16 without a byte order mark.
  private static func isWide(_ bytes: [UInt8]) -> Bool {
    let start = bytes.prefix(32)
    guard start.count >= 8 else { return false }
    return [0, 1].contains { odd in
      start.enumerated().allSatisfy { ($0.offset % 2 == odd) == ($0.element == 0) }
    }
  }

  /// Returns the first unresolved merge conflict. All three marks must be present, each at the beginning of a line.
  private static func conflict(in source: SourceFile) -> Diagnostic? {
    var wanted = ["<<<<<<<", "=======", ">>>>>>>"][...]
    var first: SourceRange?
    var start = source.bytes.startIndex
    while start < source.bytes.endIndex, let mark = wanted.first {
      let end = source.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? source.bytes.endIndex
      let line = source.bytes[start..<end]
      if line.starts(with: mark.utf8), line.dropFirst(7).first.map({ $0 == 0x20 || $0 == 0x0D }) ?? true {
        wanted.removeFirst()
        if first == nil { first = SourceRange(start, end) }
      }
      start = end + 1
    }
    guard wanted.isEmpty, let first else { return nil }
    return Diagnostic(
      .malformedYAML, "`\(source.path)` has an unresolved merge conflict",
      at: Diagnostic.Label(SourceLocation(path: source.path, range: first)),
      help: "choose what to keep, remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`, and `git add` the file")
  }

  private static func report(
    _ code: DiagnosticCode, _ source: SourceFile, _ what: String, _ help: String
  ) -> Diagnostic {
    Diagnostic(
      code, "`\(source.path)` \(what)", at: Diagnostic.Label(SourceLocation(path: source.path, range: .fileStart)),
      help: help)
  }
}
