import Glibc
import RepositoryEditing

/// Writes the files of an edit into a working folder.
enum EditedFiles {
  static func write(_ changes: [RepositoryEdit.FileChange], in folder: String) throws {
    for (position, change) in changes.enumerated() {
      do {
        try put(change.after, at: change.path, in: folder)
      } catch {
        try restore(Array(changes[..<position]), in: folder)
        throw error
      }
    }
  }

  /// Brings back what was there before.
  static func restore(_ changes: [RepositoryEdit.FileChange], in folder: String) throws {
    for change in changes { try put(change.before, at: change.path, in: folder) }
  }

  private static func put(_ bytes: [UInt8]?, at path: String, in folder: String) throws {
    let file = "\(folder)/\(path)"
    let parent = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    if let bytes {
      try Files.makeFolder(parent)
      try Files.write(bytes, to: file)
    } else {
      guard unlink(file) == 0 else {
        throw CommandFailure(.failed, "`\(path)` cannot be removed: \(String(cString: strerror(errno)))")
      }
      // Git knows no empty folders; one that holds anything stays.
      rmdir(parent)
    }
  }
}
