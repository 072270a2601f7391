import ConfigCompiler
package import ConfigModel
package import Diagnostics
import KeyBundles
package import TextFormats

/// A config repository made from a console's rows, and what became of each of them.
///
/// The mapping knows the compiler's rules and keeps them. The compiler has the last word: a document that it refuses is left
/// out and listed with its reason, until the rest validates.
package struct ConsoleImport: Sendable {
  package private(set) var documents: [ImportedDocument]
  /// Every row that was read, once.
  package private(set) var rows: [ImportedRow]
  /// What concerns no single row.
  package let notes: [String]

  /// - Parameter now: the moment at which the repository shall validate.
  /// - Throws: `Refused` where no repository can come of it, or `KeyBundleError` where nothing can be sealed.
  package init(_ contents: ConsoleContents, _ options: ImportOptions, now: Timestamp) async throws {
    if let reason = Self.reasonWithoutAnyKey(contents) { throw Refused(description: reason) }
    var mapping = ConsoleMapping(contents, options)
    try mapping.map()
    documents = mapping.documents.sorted { $0.path < $1.path }
    rows = mapping.rows
    notes = mapping.notes
    try await settle(now)
  }

  /// Why nothing can be imported, and what to do about it.
  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  /// Why there would be a repository without any key, where the console has some; nil if there is one at least.
  private static func reasonWithoutAnyKey(_ contents: ConsoleContents) -> String? {
    var reasons: [String: Int] = [:]
    for (_, stored) in contents.accessKeys {
      switch stored {
      case .unreadable(let reason): reasons[reason, default: 0] += 1
      case .text(let text):
        guard case .none(let reason) = KeyText.read(text) else { return nil }
        reasons[reason, default: 0] += 1
      }
    }
    guard let most = reasons.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
    let count = contents.accessKeys.count
    return "none of the console's \(count) \(count == 1 ? "key" : "keys") can be read, and nothing was written: "
      + "the key of \(most.value == count ? "each" : "\(most.value)") \(most.key)"
  }

  package var written: Int { rows.count { $0.isWritten } }
  package var leftOut: Int { rows.count { !$0.isWritten } }

  /// Leaves out what the compiler refuses.
  private mutating func settle(_ now: Timestamp) async throws {
    // Each round takes something away, or is the last.
    while true {
      let errors = await diagnostics(now).filter { $0.severity == .error }
      guard let first = errors.first else { return }
      var reasons: [String: String] = [:]
      for error in errors where error.primary.location.path != "platform.yaml" {
        let path = error.primary.location.path
        if reasons[path] == nil { reasons[path] = error.message }
      }
      let before = documents.count
      for (path, reason) in reasons {
        leaveOut(path, "\(reason) [\(errors.first { $0.primary.location.path == path }?.code.rawValue ?? "")]")
      }
      guard documents.count < before else { throw Self.refusal(first) }
    }
  }

  private mutating func leaveOut(_ path: String, _ reason: String) {
    var prefix = path
    // Without its organization nothing below it can stand.
    if path.hasPrefix("orgs/"), path.hasSuffix("/organization.yaml") {
      prefix = String(path.dropLast("organization.yaml".count))
    }
    documents.removeAll { $0.path.hasPrefix(prefix) }
    for index in rows.indices where rows[index].path?.hasPrefix(prefix) == true {
      rows[index].path = nil
      rows[index].notes.append(ImportedRow.shown(reason))
    }
  }

  private static func refusal(_ error: Diagnostic) -> Refused {
    guard error.code == .tooFewAdmins else {
      return Refused(description: "\(error.primary.location.path): \(error.message) [\(error.code.rawValue)]")
    }
    return Refused(
      description:
        "no active admin came over from the console, and a repository needs one: name one with --admin NAME=EMAIL")
  }

  /// What the compiler says of the documents.
  package func diagnostics(_ now: Timestamp) async -> [Diagnostic] {
    var contents: Compiler.Contents = [:]
    for document in documents { contents[document.path] = Array(document.text.utf8) }
    let entries = documents.map { document in
      TreeEntry(path: document.path, kind: .file, size: contents[document.path]?.count ?? 0)
    }
    return await Compiler.compile(RepositoryTree(entries: entries), contents: contents, now: now).diagnostics
  }
}

extension ConsoleImport {
  /// The listing for machines.
  package var json: JSON {
    [
      "rows": [
        "read": .integer(rows.count), "written": .integer(written), "leftOut": .integer(leftOut),
      ],
      "documents": .array(documents.map { .string($0.path) }), "notes": .array(notes.map { .string($0) }),
      "listing": .array(rows.map(\.json)),
    ]
  }

  /// The listing for people: what was left out, then what is not as it was.
  package var text: String {
    var lines: [String] = []
    func list(_ title: String, _ rows: [ImportedRow]) {
      guard !rows.isEmpty else { return }
      lines.append(title)
      for row in rows {
        let name = row.name.map { " `\($0)`" } ?? ""
        lines.append("  \(row.table.rawValue) \(row.id)\(name): \(row.notes.joined(separator: "; "))")
      }
    }
    list("left out:", rows.filter { !$0.isWritten })
    list("written with changes:", rows.filter { $0.isWritten && !$0.notes.isEmpty })
    if !notes.isEmpty { lines += ["to know:"] + notes.map { "  \($0)" } }
    lines.append(
      "\(rows.count) rows read: \(written) written into \(documents.count) documents, \(leftOut) left out")
    return lines.joined(separator: "\n")
  }
}
