import CLibgit2

/// Owns libgit2's repository.
///
/// `@unchecked` because the pointer is not Sendable by itself: it is made before the actor exists that owns the handle, and
/// afterwards only used from that actor's thread; libgit2 allows a repository to move between threads while none shares it.
final class GitHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Packs that are open at a time; libgit2 by itself sets no limit, and the system does.
  private static let mostPackFiles = 32

  /// - Parameters:
  ///   - failed: makes the error from libgit2's reason.
  ///   - open: given where the pointer goes; returns libgit2's status.
  init(_ failed: (String) -> GitStoreError, open: (inout OpaquePointer?) -> Int32) throws(GitStoreError) {
    git_libgit2_init()
    // A repository of another owner is read here, never written and never executed from.
    _ = wpex_git_set_owner_validation(0)
    _ = wpex_git_set_pack_file_limit(Self.mostPackFiles)
    var pointer: OpaquePointer?
    guard open(&pointer) == 0, let pointer else {
      let reason = gitReason()
      git_libgit2_shutdown()
      throw failed(reason)
    }
    self.pointer = pointer
  }

  deinit {
    git_repository_free(pointer)
    git_libgit2_shutdown()
  }
}

/// What libgit2 said last on this thread; to be read before anything else is awaited.
func gitReason() -> String {
  guard let error = git_error_last(), let message = error.pointee.message else { return "no reason given" }
  return String(cString: message)
}

func hexadecimal(_ id: UnsafePointer<git_oid>) -> String {
  withUnsafeBytes(of: id.pointee) { bytes in
    bytes.prefix(20).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
