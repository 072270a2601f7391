import FileAccess
import Glibc
import PrivateFiles

/// Replaces the contents of a file; mode, owner and links stay.
enum FileReplacement {
  /// Writes a file, following symbolic links and creating it if it does not exist.
  ///
  /// - Throws: `CommandError` if it cannot be written; its contents are then unchanged.
  static func write(_ bytes: [UInt8], to path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return try rename(bytes, to: path, like: nil) }
    if status.st_mode & S_IFMT == S_IFLNK {
      guard let real = realpath(path, nil) else { throw failure(path) }
      defer { free(real) }
      return try write(bytes, to: String(cString: real))
    }
    // A file with several hard links has to be written in place. Otherwise a new file replaces it atomically, if that
    // one can have the same mode and owner.
    if status.st_nlink > 1 { return try overwrite(path, bytes) }
    do {
      try rename(bytes, to: path, like: status)
    } catch is NotAlike {
      try overwrite(path, bytes)
    }
  }

  /// Error if a new file cannot have the owner, group or mode of the old one.
  private struct NotAlike: Error {}

  private static func rename(_ bytes: [UInt8], to path: String, like status: stat?) throws {
    do {
      try AtomicFile.write(bytes, to: path, mode: status == nil ? 0o666 : 0o600, hasOtherWriters: true) { descriptor in
        guard let status else { return }
        var made = stat()
        guard fstat(descriptor, &made) == 0 else { throw failure(path) }
        if made.st_uid != status.st_uid || made.st_gid != status.st_gid {
          guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else { throw NotAlike() }
        }
        guard fchmod(descriptor, status.st_mode & 0o7777) == 0 else { throw NotAlike() }
      }
    } catch let failure as AtomicFile.Failure {
      throw CommandError(.failed, failure.description)
    }
  }

  /// Writes in place. Truncates last, so that the old bytes can be put back on failure without needing space.
  private static func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    let old = try Files.read(path)
    do {
      try put(bytes, descriptor, path)
      guard ftruncate(descriptor, off_t(bytes.count)) == 0 else { throw failure(path) }
    } catch {
      lseek(descriptor, 0, SEEK_SET)
      try? put(old, descriptor, path)
      ftruncate(descriptor, off_t(old.count))
      throw error
    }
  }

  private static func put(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws {
    guard Files.write(bytes, to: descriptor) else { throw failure(path) }
  }

  private static func failure(_ path: String) -> CommandError {
    CommandError(.failed, "`\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }
}
