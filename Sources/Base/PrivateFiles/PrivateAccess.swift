import Glibc

/// Rights to files and folders that wpex has made, or was given to keep its own in.
package enum PrivateAccess {
  /// Takes rights to a file or folder from everybody but its owner, where everybody has some: then they come from a default,
  /// and nobody chose them. What is shared with a group alone stays shared. A symbolic link is not followed.
  ///
  /// - Returns: Whether any access was removed; false as well if the file belongs to another user.
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
