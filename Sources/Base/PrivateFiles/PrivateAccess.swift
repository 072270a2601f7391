import Glibc

/// Permissions of files and folders that wpex created or keeps its data in.
package enum PrivateAccess {
  /// Restricts a file or folder to its owner if all users have access to it, which is the result of a default rather
  /// than a choice. Access for the group alone is kept. Does not follow symbolic links.
  ///
  /// - Returns: Whether any access was removed; false also if the file belongs to another user.
  @discardableResult
  package static func close(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o007 != 0 else { return false }
    return fchmod(descriptor, status.st_mode & 0o700) == 0
  }
}
