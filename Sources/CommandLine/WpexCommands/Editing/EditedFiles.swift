import Glibc
import RepositoryEditing

/// The files of an edit in a working folder, until it is certain that they stay.
///
/// SIGINT, SIGTERM and SIGHUP do nothing meanwhile: it is a matter of milliseconds, and half an edit would be taken for
/// somebody's work.
struct EditedFiles {
  private let folder: String
  private var written: [RepositoryEdit.FileChange] = []
  /// Folders that were made, the outermost first.
  private var folders: [String] = []
  private let signals = HeldSignals()

  /// Writes all of them.
  ///
  /// - Throws: `CommandError` if a file is not what the edit was made from, or cannot be written; then all are as they were.
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

  /// Brings back what was there before.
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

  /// Lets go of what was removed.
  func keep() {
    for change in written where change.after == nil {
      let file = "\(folder)/\(change.path)"
      unlink(Self.removed(file))
      // Git knows no empty folders; one that holds anything stays.
      rmdir(Files.parent(of: file))
    }
    withExtendedLifetime(signals) {}
  }

  /// An editor or another program may have written the file since it was read.
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

  /// Where a removed file is until the edit is certain. Its name is none that wpex reads.
  private static func removed(_ file: String) -> String { "\(file).\(getpid()).old" }

  private static func failure(_ path: String, _ what: String) -> CommandError {
    CommandError(.failed, "`\(path)` cannot be \(what): \(String(cString: strerror(errno)))")
  }
}

/// Signals that would end the process do nothing until this is gone.
private final class HeldSignals {
  private let old: [(Int32, (@convention(c) (Int32) -> Void)?)]

  init() { old = [SIGINT, SIGTERM, SIGHUP].map { ($0, signal($0, SIG_IGN)) } }

  deinit { for (number, handler) in old { signal(number, handler) } }
}
