import Glibc

/// Replaces the contents of a file and nothing else of it: mode, owner and links stay.
enum FileReplacement {
  /// A link is followed: who names it means the file. A file that is not there is made.
  ///
  /// - Throws: `CommandError` if it cannot be written; then it is as it was.
  static func write(_ bytes: [UInt8], to path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return try rename(bytes, to: path, like: nil) }
    if status.st_mode & S_IFMT == S_IFLNK {
      guard let real = realpath(path, nil) else { throw failure(path) }
      defer { free(real) }
      return try write(bytes, to: String(cString: real))
    }
    // With other names, only the file itself can be written. Alone, another takes its place at once, if it can be the same
    // in all but its contents.
    if status.st_nlink > 1 { return try overwrite(path, bytes) }
    do {
      try rename(bytes, to: path, like: status)
    } catch is NotAlike {
      try overwrite(path, bytes)
    }
  }

  /// Owner or group cannot be given to another file.
  private struct NotAlike: Error {}

  private static func rename(_ bytes: [UInt8], to path: String, like status: stat?) throws {
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status == nil ? 0o666 : 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    do {
      if let status {
        var made = stat()
        guard fstat(descriptor, &made) == 0 else { throw failure(path) }
        if made.st_uid != status.st_uid || made.st_gid != status.st_gid {
          guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else { throw NotAlike() }
        }
        guard fchmod(descriptor, status.st_mode & 0o7777) == 0 else { throw NotAlike() }
      }
      try put(bytes, descriptor, path)
      guard Glibc.rename(temporary, path) == 0 else { throw failure(path) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// The old bytes are cut off last and put back on failure, for which the file has the room.
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
