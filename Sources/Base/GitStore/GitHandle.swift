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
    Self.settings
    var pointer: OpaquePointer?
    guard open(&pointer) == 0, let pointer else {
      let reason = gitReason()
      git_libgit2_shutdown()
      throw failed(reason)
    }
    self.pointer = pointer
  }

  /// Opens the repository at a path, or the one whose working folder the path lies in.
  ///
  /// - Parameter readsObjects: whether one is refused whose objects or references libgit2 cannot read.
  /// - Throws: `GitStoreError`, which says what is in the way.
  convenience init(at path: String, advice: String, readsObjects: Bool = true) throws(GitStoreError) {
    var status: Int32 = 0
    try self.init { reason in
      guard status != GIT_ENOTFOUND.rawValue else {
        return GitStoreError(.notARepository, "`\(path)` is in no Git repository. \(advice)")
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

  /// The working folder, links followed, with a final `/`; nil for a bare repository.
  var workingFolder: String? { git_repository_workdir(pointer).map { String(cString: $0) } }

  /// A value of the configuration; nil if it is not set.
  func setting(_ name: String) -> String? {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, pointer) == 0, let configuration else { return nil }
    defer { git_config_free(configuration) }
    var value: UnsafePointer<CChar>?
    guard git_config_get_string(&value, configuration, name) == 0, let value else { return nil }
    return String(cString: value)
  }

  /// libgit2's options are the process's, and nothing guards them: they are set once, and the library then stays loaded.
  private static let settings: Void = {
    git_libgit2_init()
    // A repository of another owner is read here, never written and never executed from.
    _ = wpex_git_set_owner_validation(0)
    _ = wpex_git_set_pack_file_limit(mostPackFiles)
    _ = wpex_git_set_extensions()
  }()

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
