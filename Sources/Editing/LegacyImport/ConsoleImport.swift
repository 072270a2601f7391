import ConfigCompiler
package import ConfigModel
package import Diagnostics
import KeyBundles
package import TextFormats

/// A config repository converted from a console's rows, with the outcome for each row.
///
/// The mapping follows the compiler's rules, but the compiler decides: documents that it rejects are omitted and listed
/// with the reason until the rest is valid.
package struct ConsoleImport: Sendable {
  /// The documents of the repository, sorted by path.
  package private(set) var documents: [ImportedDocument]
  /// The outcome for each row.
  package private(set) var rows: [ImportedRow]
  /// Remarks that do not concern a single row.
  package let notes: [String]

  /// Converts the rows.
  ///
  /// - Parameter now: the time at which the repository must be valid.
  /// - Throws: `Refused` if no valid repository results, or `KeyBundleError` if values cannot be sealed.
  package init(_ contents: ConsoleContents, _ options: ImportOptions, now: Timestamp) async throws {
    if let reason = Self.reasonWithoutAnyKey(contents) { throw Refused(description: reason) }
    var mapping = ConsoleMapping(contents, options)
    try mapping.map()
    documents = mapping.documents.sorted { $0.path < $1.path }
    rows = mapping.rows
    notes = mapping.notes
    try await settle(now)
  }

  /// The reason why nothing can be imported, with a remedy.
  package struct Refused: Error, CustomStringConvertible {
    /// A sentence for the user.
    package let description: String
  }

  /// Returns why the repository would have no keys although the console has some; nil if there is at least one.
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

  /// The number of rows that were written.
  package var written: Int { rows.count { $0.isWritten } }
  /// The number of rows that were left out.
  package var leftOut: Int { rows.count { !$0.isWritten } }

  /// Omits documents that the compiler rejects.
  private mutating func settle(_ now: Timestamp) async throws {
    // Each round removes at least one document, or is the last.
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
    // Without its organization, everything below it is invalid.
    if let org = RepositoryTree.organization(of: path), path == "orgs/\(org)/organization.yaml" {
      prefix = "orgs/\(org)/"
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
        "the console has no active admin, but a repository needs one: name one with --admin NAME=EMAIL")
  }

  /// Compiles the documents and returns the diagnostics.
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
  /// The report as JSON.
  package var json: JSON {
    [
      "rows": [
        "read": .integer(rows.count), "written": .integer(written), "leftOut": .integer(leftOut),
      ],
      "documents": .array(documents.map { .string($0.path) }), "notes": .array(notes.map { .string($0) }),
      "listing": .array(rows.map(\.json)),
    ]
  }

  /// The report as text: rows that were left out, then rows that were changed.
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
