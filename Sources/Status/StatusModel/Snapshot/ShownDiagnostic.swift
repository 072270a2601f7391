import ConfigCompiler
import ConfigModel
import Diagnostics

/// A diagnostic of the newest commit, and whose it is.
struct ShownDiagnostic: Sendable {
  /// Nil where it stands outside the organizations' folders.
  let org: String?
  let diagnostic: Diagnostic
  private let files: SourceFiles
  /// What it takes to see the lines of each file that is concerned.
  private let needs: [String: Set<Permission>]

  static func all(of compilation: Compilation) -> [ShownDiagnostic] {
    let files = SourceFiles(of: compilation.diagnostics, compilation.source)
    let paths = Set(compilation.diagnostics.flatMap { [$0.primary] + $0.related }.map(\.location.path))
    let needs = Dictionary(uniqueKeysWithValues: paths.map { ($0, permissions(of: files[$0])) })
    return compilation.diagnostics.map { diagnostic in
      ShownDiagnostic(
        org: organization(of: diagnostic.primary.location.path), diagnostic: diagnostic, files: files, needs: needs)
    }
  }

  private static func organization(of path: String) -> String? {
    RepositoryTree.organization(of: path)
  }

  /// What it takes to see the lines of a file, by what its documents declare: who may not see a field on its page does not
  /// see its line. A document that does not say what it is may be anything.
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
      // It has people to call.
      case "Organization": needs.insert(.usersRead)
      case "Key": needs.insert(.keysRead)
      // Accounts and digests of tokens, which no page shows.
      default: return everything
      }
    }
    return needs
  }

  /// Whether a line divides two documents, and says nothing else.
  private static func isMark(_ line: String) -> Bool {
    line.hasPrefix("---") && line.dropFirst(3).prefix { $0 != "#" }.allSatisfy(\.isWhitespace)
  }

  /// Whether a viewer may see a place's lines.
  private func isSeen(_ label: Diagnostic.Label, _ sight: Sight) -> Bool {
    let path = label.location.path
    let org = Self.organization(of: path)
    return sight.diagnosticReach.contains(org) && (needs[path] ?? []).allSatisfy { sight.allows($0, in: org) }
  }

  /// Where it is, with the lines concerned: none that the viewer may not see.
  func excerpt(_ sight: Sight) -> Excerpt {
    var shown = diagnostic
    shown.related.removeAll { !isSeen($0, sight) }
    guard let found = DiagnosticReport([shown], files: files).excerpts.first else { return Excerpt() }
    let text = isSeen(diagnostic.primary, sight) ? seen(found.text, sight) : ""
    return Excerpt(line: found.line, column: found.column, text: text)
  }

  struct Excerpt: Sendable {
    var line = 1
    var column = 1
    var text = ""
  }

  /// What it says; a message about what the viewer may not see may tell of it.
  func message(_ sight: Sight) -> String {
    isWithheld(from: sight)
      ? "\(diagnostic.code.entry.title); it involves what you may not see" : seen(diagnostic.message, sight)
  }

  func help(_ sight: Sight) -> String? { isWithheld(from: sight) ? nil : diagnostic.help.map { seen($0, sight) } }

  private func seen(_ text: String, _ sight: Sight) -> String { (org.map { sight.within($0) } ?? sight).seen(text) }

  private func isWithheld(from sight: Sight) -> Bool {
    !isSeen(diagnostic.primary, sight) || diagnostic.related.contains { !isSeen($0, sight) }
  }
}
