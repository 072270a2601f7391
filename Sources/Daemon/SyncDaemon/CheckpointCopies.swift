import AuditLog
import FileAccess
import FoundationEssentials
import Glibc

/// Folder with a copy of every checkpoint. The copies are evidence, and never replaced.
struct CheckpointCopies: Sendable {
  let folder: String

  /// Returns all checkpoints in the folder; other files are skipped.
  func all() -> [Checkpoint] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".checkpoint") }.compactMap { name in
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)"), bytes.count < 1 << 16 else {
        return nil
      }
      return try? Checkpoint(parsing: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Writes a copy. If the folder has another checkpoint of that record, both are kept.
  ///
  /// - Throws: `SyncDaemonError` if it cannot be written.
  func add(_ checkpoint: Checkpoint) throws {
    let number = String(checkpoint.head.sequence)
    if try create("\(folder)/\(number).checkpoint", checkpoint) { return }
    let other = "\(folder)/\(number)-\(hexadecimal(checkpoint.head.hash.prefix(8))).checkpoint"
    guard try create(other, checkpoint) else {
      throw SyncDaemonError(.failed, "`\(other)` already exists with different content")
    }
  }

  /// - Returns: Whether the file has this checkpoint; false if it has another one.
  private func create(_ path: String, _ checkpoint: Checkpoint) throws -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw Self.failure(path) }
      let there = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
      return (try? Checkpoint(parsing: there ?? ""))?.head == checkpoint.head
    }
    defer { close(descriptor) }
    guard Files.write(Array(checkpoint.text.utf8), to: descriptor) else {
      let failure = Self.failure(path)
      // Half a copy would prevent a whole one.
      unlink(path)
      throw failure
    }
    guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    return true
  }

  private static func failure(_ path: String) -> SyncDaemonError {
    SyncDaemonError(.failed, "`\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }
}
