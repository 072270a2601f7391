import CLibgit2

/// Owner of a libgit2 repository pointer.
///
/// `@unchecked` because the pointer is not Sendable: it is created before the actor that owns the handle and afterwards
/// used only on that actor's thread. libgit2 allows a repository to move between threads as long as they do not share
/// it.
final class GitHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Maximum number of pack files open at a time. libgit2 has no limit by default, but the system does.
  private static let maxPackFiles = 32

  /// Opens or creates a repository.
  ///
  /// - Parameters:
  ///   - failed: returns the error for libgit2's reason.
  ///   - open: stores the pointer and returns libgit2's status.
  /// - Throws: the error that `failed` returns.
  init(_ failed: (String) -> GitStoreError, open: (inout OpaquePointer?) -> Int32) throws(GitStoreError) {
    git_libgit2_init()
    Self.settings
    var pointer: OpaquePointer?
    guard open(&pointer) == 0, let pointer else {
      let reason = gitReason()
      git_libgit2_shutdown()
      throw failed(reason)
    }
    self.pointer = pointer
  }

  /// Opens the repository at a path, or the one whose working folder contains the path.
  ///
  /// - Parameters:
  ///   - advice: a remedy, appended to the error if there is no repository.
  ///   - readsObjects: whether to refuse repositories whose objects or references libgit2 cannot read.
  /// - Throws: `GitStoreError` with the reason.
  convenience init(at path: String, advice: String, readsObjects: Bool = true) throws(GitStoreError) {
    var status: Int32 = 0
    try self.init { reason in
      guard status != GIT_ENOTFOUND.rawValue else {
        return GitStoreError(.notARepository, "`\(path)` is not in a Git repository. \(advice)")
      }
      return GitStoreError(.unsupported, "the Git repository of `\(path)` cannot be read: \(reason)")
    } open: { pointer in
      status = git_repository_open_ext(&pointer, path, 0, nil)
      return status
    }
    if readsObjects, let refusal = GitFormat(of: self).refusal {
      throw GitStoreError(.unsupported, "`\(path)` \(refusal)")
    }
  }

  /// The working folder with symbolic links resolved and a trailing `/`; nil for a bare repository.
  var workingFolder: String? { git_repository_workdir(pointer).map { String(cString: $0) } }

  /// Returns a value of the configuration; nil if it is not set.
  func setting(_ name: String) -> String? {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, pointer) == 0, let configuration else { return nil }
    defer { git_config_free(configuration) }
    var value: UnsafePointer<CChar>?
    guard git_config_get_string(&value, configuration, name) == 0, let value else { return nil }
    return String(cString: value)
  }

  /// libgit2's options are global and unsynchronized, so they are set once; the extra `init` keeps the library loaded.
  private static let settings: Void = {
    git_libgit2_init()
    // wpex reads repositories of other owners, but neither writes to them nor runs anything from them.
    _ = wpex_git_set_owner_validation(0)
    _ = wpex_git_set_pack_file_limit(maxPackFiles)
    _ = wpex_git_set_extensions()
  }()

  deinit {
    git_repository_free(pointer)
    git_libgit2_shutdown()
  }
}

/// Returns libgit2's last error on this thread. Must be read before the next suspension point.
func gitReason() -> String {
  guard let error = git_error_last(), let message = error.pointee.message else { return "no reason given" }
  return String(cString: message)
}

func hexadecimal(_ id: UnsafePointer<git_oid>) -> String {
  withUnsafeBytes(of: id.pointee) { bytes in
    bytes.prefix(20).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
