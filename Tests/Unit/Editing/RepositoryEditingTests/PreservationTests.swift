import ConfigCompiler
import Diagnostics
import GitStore
import RepositoryEditing
import TestSupport
import Testing
import YAMLSyntax

/// The judge of editing: nothing changes but what must, and the result says what was intended.
@Suite struct PreservationTests {
  @Test func sampleRepositoryKeepsItsBytes() async throws {
    let folder = try WorkingFolder(at: packageRoot + "/sample-repo")
    let files = try await folder.contents(of: folder.tree().entries)
    var judge = PreservationJudge()
    await judge.judge(JudgedRepository(files))
    try judge.conclude(atLeast: 650)
  }

  /// 500 files in 125 organizations.
  @Test func generatedFilesKeepTheirBytes() async throws {
    let generated = GeneratedRepository(orgs: 125, seed: 20_261_125)
    #expect(generated.files.count == 501)
    for (path, bytes) in generated.files {
      let faults = YAMLParser.parse(SourceFile(path: path, bytes: bytes)).diagnostics.filter { $0.severity == .error }
      #expect(faults.isEmpty, "the generator is at fault: \(String(decoding: bytes, as: UTF8.self))")
    }
    var judge = PreservationJudge()
    for org in generated.orgs { await judge.judge(JudgedRepository(generated.files(of: org))) }
    try judge.conclude(atLeast: 5_000)
  }
}

/// Makes edits, compares models, and asks `git diff` which lines differ.
private struct PreservationJudge {
  /// A file that an edit changed, and the lines that may differ.
  private struct Changed {
    let name: String
    let before: [UInt8]
    let after: [UInt8]
    let removed: Int
    let added: Int
  }

  private var changed: [Changed] = []
  private var count = 0

  mutating func judge(_ repository: JudgedRepository) async {
    for edit in EditCase.all(repository.base) { await judge(edit, repository) }
  }

  private mutating func judge(_ edit: EditCase, _ repository: JudgedRepository) async {
    count += 1
    let changes: [RepositoryEdit.FileChange]
    do {
      changes = try edit.edit(repository.base).changes
    } catch {
      Issue.record("\(edit.name): \(error)")
      return
    }
    var intended = repository.model
    edit.intended(&intended)
    let model = await repository.model(after: changes)
    #expect(model == intended, "\(edit.name): the result says something else")
    #expect(intended == repository.model || !changes.isEmpty, "\(edit.name): nothing changed")
    for change in changes {
      guard let before = change.before, let after = change.after else { continue }
      let lost = comments(before).filter { !comments(after).contains($0) }
      #expect(lost.isEmpty || edit.losesLines, "\(edit.name): lost \(lost)")
      let budget = budget(of: edit, change.path, before)
      changed.append(
        Changed(name: edit.name, before: before, after: after, removed: budget.removed, added: budget.added))
    }
  }

  private func budget(of edit: EditCase, _ path: String, _ before: [UInt8]) -> (removed: Int, added: Int) {
    // A file without a final line break shows its last line again where something comes behind it or goes.
    let open = before.last == UInt8(ascii: "\n") ? 0 : 1
    guard !edit.isWholeDocument else {
      return edit.losesLines ? (removed: .max, added: open) : (removed: open, added: .max)
    }
    var sum = (removed: open, added: open)
    for (document, changes) in edit.touched where document.path == path {
      guard var budget = LineBudget(SourceFile(path: path, bytes: before), document: document.index) else { continue }
      for change in changes { budget.allow(change) }
      sum.removed += budget.removed
      sum.added += budget.added
    }
    return sum
  }

  /// The comments of a file by what follows their `#`.
  private func comments(_ bytes: [UInt8]) -> Set<String> {
    Set(
      String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
        line.firstRange(of: "# c").map { String(line[$0.lowerBound...].prefix { $0 != " " || $0 == "#" }) }
      })
  }

  func conclude(atLeast minimum: Int) throws {
    #expect(count >= minimum, "only \(count) edits were judged")
    try ExternalCommand.withFolder { folder in
      for (number, file) in changed.enumerated() {
        try ExternalCommand.write(file.before, to: "\(folder)/a/\(number)")
        try ExternalCommand.write(file.after, to: "\(folder)/b/\(number)")
      }
      let git = try #require(ExternalCommand.path(of: "git"))
      let outcome = try ExternalCommand.run(
        git, ["-C", folder, "diff", "--no-index", "--no-renames", "--numstat", "a", "b"], folder: folder)
      let rows = outcome.output.split(separator: "\n")
      #expect(rows.count == changed.count)
      for row in rows {
        let parts = row.split(separator: "\t")
        guard parts.count == 3, let added = Int(parts[0]), let removed = Int(parts[1]),
          let number = parts[2].split(separator: "/").last.flatMap({ Int($0) }), changed.indices.contains(number)
        else {
          Issue.record("git says \(row)")
          continue
        }
        let file = changed[number]
        #expect(
          removed <= file.removed && added <= file.added,
          """
          \(file.name): \(removed) lines for \(added), not \(file.removed) for \(file.added):
          \(UnifiedDiff(path: file.name, before: file.before, after: file.after).text(context: 1))
          """)
      }
    }
  }
}
