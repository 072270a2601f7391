import ConfigCompiler
import ConfigModel
import Diagnostics

/// A diagnostic of the newest commit, with its owner.
struct DiagnosticView: Sendable {
  /// Organization that owns the file; nil if it is outside the organizations' folders.
  let org: String?
  /// The diagnostic, unfiltered.
  let diagnostic: Diagnostic
  private let files: SourceFiles
  /// Permissions required to see the lines of each file involved.
  private let needs: [String: Set<Permission>]

  /// Returns all diagnostics of a compilation.
  static func all(of compilation: Compilation) -> [DiagnosticView] {
    let files = SourceFiles(of: compilation.diagnostics, compilation.source)
    let paths = Set(compilation.diagnostics.flatMap { [$0.primary] + $0.related }.map(\.location.path))
    let needs = Dictionary(uniqueKeysWithValues: paths.map { ($0, permissions(of: files[$0])) })
    return compilation.diagnostics.map { diagnostic in
      DiagnosticView(
        org: RepositoryTree.organization(of: diagnostic.primary.location.path), diagnostic: diagnostic, files: files,
        needs: needs)
    }
  }

  /// Returns the permissions required to see the lines of a file, derived from the kinds of its documents.
  ///
  /// A viewer who may not see a field on its page must not see it in a source line. A document without a clear kind may
  /// contain anything.
  static func permissions(of file: SourceFile?) -> Set<Permission> {
    guard let file else { return [] }
    let everything: Set<Permission> = [.keysRead, .usersRead]
    var needs: Set<Permission> = []
    let lines = file.bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("#") }
    guard lines.allSatisfy({ !$0.hasPrefix("---") || isMark($0) }) else { return everything }
    for document in lines.split(whereSeparator: { isMark($0) }) {
      let kinds = document.filter { $0.hasPrefix("kind:") }.map { line in
        line.dropFirst(5).prefix { $0 != "#" }.filter { !$0.isWhitespace }
      }
      guard kinds.count == 1, let kind = kinds.first else { return everything }
      switch kind {
      case "Platform", "Role", "Relay": break
      // Lists people to contact.
      case "Organization": needs.insert(.usersRead)
      case "Key": needs.insert(.keysRead)
      // Contains accounts and digests of tokens, which no page shows.
      default: return everything
      }
    }
    return needs
  }

  /// Returns whether a line is a document separator without content.
  private static func isMark(_ line: String) -> Bool {
    line.hasPrefix("---") && line.dropFirst(3).prefix { $0 != "#" }.allSatisfy(\.isWhitespace)
  }

  /// Returns whether a viewer may see the lines of a label.
  private func isSeen(_ label: Diagnostic.Label, _ sight: VisibleSnapshot) -> Bool {
    let path = label.location.path
    let org = RepositoryTree.organization(of: path)
    return sight.diagnosticReach.contains(org) && (needs[path] ?? []).allSatisfy { sight.allows($0, in: org) }
  }

  /// Returns the position and the source lines concerned, without any that the viewer may not see.
  func excerpt(_ sight: VisibleSnapshot) -> Excerpt {
    var shown = diagnostic
    shown.related.removeAll { !isSeen($0, sight) }
    guard let found = DiagnosticReport([shown], files: files).excerpts.first else { return Excerpt() }
    let text = isSeen(diagnostic.primary, sight) ? seen(found.text, sight) : ""
    return Excerpt(line: found.line, column: found.column, text: text)
  }

  /// Source excerpt of a diagnostic.
  struct Excerpt: Sendable {
    /// Line, from 1.
    var line = 1
    /// Column, from 1.
    var column = 1
    /// Source lines; empty if the viewer may not see them.
    var text = ""
  }

  /// Returns the message. If the diagnostic involves anything the viewer may not see, only its title.
  func message(_ sight: VisibleSnapshot) -> String {
    isWithheld(from: sight)
      ? "\(diagnostic.code.entry.title); it involves something that you cannot see" : seen(diagnostic.message, sight)
  }

  /// Returns the suggested fix; nil if there is none or the viewer may not see it.
  func help(_ sight: VisibleSnapshot) -> String? {
    isWithheld(from: sight) ? nil : diagnostic.help.map { seen($0, sight) }
  }

  private func seen(_ text: String, _ sight: VisibleSnapshot) -> String {
    (org.map { sight.within($0) } ?? sight).seen(text)
  }

  private func isWithheld(from sight: VisibleSnapshot) -> Bool {
    !isSeen(diagnostic.primary, sight) || diagnostic.related.contains { !isSeen($0, sight) }
  }
}
