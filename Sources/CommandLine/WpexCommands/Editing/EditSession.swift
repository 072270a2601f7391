import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import GitStore
import RepositoryEditing
import TextFormats
import SyncService

/// Workflow of an editing command: read the working folder, edit it in memory, validate, write, commit and report.
struct EditSession {
  let options: EditOptions
  /// The repository before the edit.
  let base: Compilation
  private let tree: SourceTree
  private let contents: [String: [UInt8]]
  private let folder: WorkingFolder
  /// Held from before the folder is read until the edit is written.
  private let lock: FolderLock

  /// Locks, reads and compiles the repository.
  ///
  /// - Throws: `CommandError` if it cannot be locked or read.
  init(_ options: EditOptions) async throws {
    self.options = options
    lock = try await FolderLock(options.repo)
    do {
      folder = try WorkingFolder(at: options.repo)
      tree = try folder.tree()
      let wanted = Set(Compiler.entriesToRead(in: RepositoryTree(tree)).map(\.path))
      contents = try await folder.contents(of: tree.entries.filter { wanted.contains($0.path) })
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
    base = await Compiler.compile(RepositoryTree(tree), contents: contents, now: Self.now)
  }

  /// Current time.
  static var now: Timestamp { Timestamp(unixSeconds: Int64(Date.now.timeIntervalSince1970)) }

  /// Makes a command's edit from the compiled repository, and applies it.
  ///
  /// - Throws: `CommandError` if the edit is refused or cannot be written.
  static func run(_ options: EditOptions, _ make: (Compilation) throws -> RepositoryEdit) async throws {
    let session = try await EditSession(options)
    do {
      try await session.apply(try make(session.base))
    } catch let refusal as EditError {
      throw CommandError(refusal)
    }
  }

  /// Validates, writes and commits an edit, and reports what was done.
  func apply(_ edit: RepositoryEdit) async throws {
    let changes = edit.changes
    defer { withExtendedLifetime(lock) {} }
    guard !changes.isEmpty else {
      try report(edit, isWritten: false, commit: nil)
      if options.result.form == .text { Terminal.note("nothing to change: the repository already says so") }
      return
    }
    try checkPaths(changes)
    try await judge(changes)
    guard !options.dryRun else {
      try report(edit, isWritten: false, commit: nil)
      if options.result.form == .text { Terminal.note("dry run: nothing was written") }
      return
    }
    do {
      try report(edit, isWritten: true, commit: try await write(changes, message(edit)))
    } catch let error as GitStoreError {
      throw CommandError(error.code == .conflict ? .refused : .failed, error.description)
    }
  }

  /// Writes the files, and commits them if the options say so: both or neither.
  ///
  /// - Returns: The commit's id; nil without a commit.
  private func write(_ changes: [RepositoryEdit.FileChange], _ message: String) async throws -> String? {
    guard options.commits else {
      try EditedFiles(changes, in: options.repo).keep()
      return nil
    }
    let worktree = try GitWorktree(at: options.repo)
    let signer = try await worktree.signer(options.sign)
    return try await worktree.commit(changes, in: options.repo, message: message, on: options.target, signer)
  }

  private func message(_ edit: RepositoryEdit) -> String { (options.message ?? edit.summary) + "\n" }

  /// Refuses paths that lead through a symbolic link, are not checked out, or are ignored by Git.
  private func checkPaths(_ changes: [RepositoryEdit.FileChange]) throws {
    for change in changes {
      if let entry = tree.entries.first(where: { $0.path == change.path }), !entry.isCheckedOut {
        let place = change.path.split(separator: "/").prefix(2).joined(separator: "/")
        throw CommandError(
          .refused,
          "`\(change.path)` is not checked out: nothing was written; run `git sparse-checkout add \(place)` first")
      }
      if change.before == nil, try isIgnored(change.path) {
        throw CommandError(
          .refused, "Git ignores `\(change.path)`: nothing was written; `git check-ignore -v \(change.path)` shows why")
      }
      for entry in tree.entries where entry.kind != .file {
        guard change.path != entry.path, !change.path.hasPrefix(entry.path + "/") else {
          throw CommandError(.refused, "`\(entry.path)` is not an ordinary file or folder: nothing was written")
        }
      }
    }
  }

  private func isIgnored(_ path: String) throws -> Bool {
    do {
      return try folder.isIgnored(path)
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
  }

  /// Compiles the result in memory.
  ///
  /// - Throws: `CommandError`, after showing them, if the edit adds errors.
  private func judge(_ changes: [RepositoryEdit.FileChange]) async throws {
    var contents = contents
    var entries = tree.entries
    for change in changes {
      entries.removeAll { $0.path == change.path }
      contents[change.path] = change.after
      if let bytes = change.after { entries.append(SourceEntry(path: change.path, kind: .file, size: bytes.count)) }
    }
    let result = await Compiler.compile(
      RepositoryTree(SourceTree(entries: entries.sorted { $0.path < $1.path })), contents: contents, now: base.now,
      base: base, old: base)
    func identity(_ diagnostic: Diagnostic) -> String {
      "\(diagnostic.code.rawValue) \(diagnostic.primary.location.path) \(diagnostic.message)"
    }
    var known = Dictionary(base.diagnostics.map { (identity($0), 1) }, uniquingKeysWith: +)
    let new = result.diagnostics.filter { diagnostic in
      let count = known[identity(diagnostic), default: 0]
      known[identity(diagnostic)] = count - 1
      return count <= 0
    }
    let errors = new.count { $0.severity == .error }
    let shown = errors > 0 ? new.filter { $0.severity == .error } : new
    guard !shown.isEmpty else { return }
    let report = DiagnosticReport(shown, files: SourceFiles(of: shown, result.source))
    if options.result.form == .json, errors > 0 {
      try options.result.write(report.text(.json))
    } else {
      Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
    }
    if errors > 0 {
      throw CommandError(
        .refused,
        "nothing was written: with this change the repository would have \(errors) new error\(errors == 1 ? "" : "s")")
    }
  }

  private func report(_ edit: RepositoryEdit, isWritten: Bool, commit: String?) throws {
    let diffs = edit.changes.map { UnifiedDiff(path: $0.path, before: $0.before, after: $0.after) }
    if options.result.form == .json {
      var members: JSON.Members = [
        "summary": .string(edit.summary), "written": .bool(isWritten),
        "files": .array(zip(edit.changes, diffs).map { $0.json($1) }), "notes": .array(edit.notes.map { .string($0) }),
      ]
      if let commit { members["commit"] = .string(commit) }
      if commit != nil, let branch = options.branch { members["branch"] = .string(branch) }
      return try options.result.write(JSON.object(members).text(.indented))
    }
    let colors = options.result.file == nil && Terminal.outputHasColor
    if !diffs.isEmpty { try options.result.write(diffs.map { $0.text(colors: colors) }.joined()) }
    for note in edit.notes { Terminal.note("note: \(note)") }
    if let commit {
      let place = options.branch.map { " on the new branch `\($0)`" } ?? ""
      Terminal.note("committed \(commit.prefix(12))\(place): \(message(edit).prefix { $0 != "\n" })")
    } else if isWritten {
      let names = edit.changes.map { "`\($0.path)`" }.joined(separator: ", ")
      Terminal.note("written: \(names); nothing is committed yet (--commit does that)")
    }
  }
}

extension RepositoryEdit.FileChange {
  fileprivate func json(_ diff: UnifiedDiff) -> JSON {
    let counts = diff.counts
    return [
      "path": .string(path), "change": .string(before == nil ? "added" : after == nil ? "removed" : "changed"),
      "linesAdded": .integer(counts.added), "linesRemoved": .integer(counts.removed), "diff": .string(diff.text()),
    ]
  }
}

extension CommandError {
  /// Failure of a command whose edit was refused.
  init(_ refusal: EditError) {
    switch refusal.code {
    case .notFound, .invalidValue: self.init(.usage, refusal.reason)
    case .exists, .unsafeText: self.init(.refused, refusal.reason)
    }
  }
}
