import FileAccess
import Glibc
import RepositoryEditing

/// Files of an edit in a working folder, which can be restored until they are final.
///
/// SIGINT, SIGTERM and SIGHUP are ignored meanwhile: it takes milliseconds, and half an edit would look like a user's
/// work.
struct EditedFiles {
  private let folder: String
  private var written: [RepositoryEdit.FileChange] = []
  /// Folders that were created, outermost first.
  private var folders: [String] = []
  private let signals = HeldSignals()

  /// Writes all files.
  ///
  /// - Throws: `CommandError` if a file has changed since the edit was made, or cannot be written; all are then
  ///   restored.
  init(_ changes: [RepositoryEdit.FileChange], in folder: String) throws {
    self.folder = folder
    for change in changes { try check(change) }
    do {
      for change in changes { try put(change) }
    } catch {
      try restore()
      throw error
    }
  }

  /// Restores the previous contents.
  func restore() throws {
    for change in written.reversed() {
      let file = "\(folder)/\(change.path)"
      if change.after == nil {
        guard rename(Self.removed(file), file) == 0 else { throw Self.failure(change.path, "brought back") }
      } else if let before = change.before {
        try FileReplacement.write(before, to: file)
      } else {
        guard unlink(file) == 0 else { throw Self.failure(change.path, "removed") }
      }
    }
    for folder in folders.reversed() { rmdir(folder) }
    withExtendedLifetime(signals) {}
  }

  /// Makes the edit final, by deleting the removed files.
  func keep() {
    for change in written where change.after == nil {
      let file = "\(folder)/\(change.path)"
      unlink(Self.removed(file))
      // Git does not track empty folders; `rmdir` fails on folders that are not empty.
      rmdir(Files.parent(of: file))
    }
    withExtendedLifetime(signals) {}
  }

  /// Throws if another program has written the file since it was read.
  private func check(_ change: RepositoryEdit.FileChange) throws {
    let file = "\(folder)/\(change.path)"
    var status = stat()
    let isThere = lstat(file, &status) == 0
    guard isThere == (change.before != nil), try change.before.map({ try Files.read(file) == $0 }) ?? true else {
      throw CommandError(
        .refused,
        "`\(change.path)` was changed by another program meanwhile: nothing was written; run the command again")
    }
  }

  private mutating func put(_ change: RepositoryEdit.FileChange) throws {
    let file = "\(folder)/\(change.path)"
    if let bytes = change.after {
      try makeFolder(Files.parent(of: file))
      try FileReplacement.write(bytes, to: file)
    } else {
      guard rename(file, Self.removed(file)) == 0 else { throw Self.failure(change.path, "removed") }
    }
    written.append(change)
  }

  private mutating func makeFolder(_ path: String) throws {
    var missing: [String] = []
    var part = path
    while !part.isEmpty, !Files.exists(part) {
      missing.append(part)
      part = Files.parent(of: part)
    }
    for part in missing.reversed() {
      guard mkdir(part, 0o777) == 0 || errno == EEXIST else { throw Self.failure(part, "made") }
      folders.append(part)
    }
  }

  /// Path of a removed file until the edit is final. wpex does not read files of that name.
  private static func removed(_ file: String) -> String { "\(file).\(getpid()).old" }

  private static func failure(_ path: String, _ what: String) -> CommandError {
    CommandError(.failed, "`\(path)` cannot be \(what): \(String(cString: strerror(errno)))")
  }
}

/// Ignores the signals that would end the process, for its lifetime.
private final class HeldSignals {
  private let old: [(Int32, (@convention(c) (Int32) -> Void)?)]

  init() { old = [SIGINT, SIGTERM, SIGHUP].map { ($0, signal($0, SIG_IGN)) } }

  deinit { for (number, handler) in old { signal(number, handler) } }
}
