import Glibc

/// The limit for open files, including connections, of this process.
enum OpenFiles {
  /// Files that a server needs besides its connections.
  private static let reserve = 128
  /// The highest limit to request, because memory allocated per file may add up.
  private static let maxCount: rlim_t = 65_536

  /// The number of files available for connections, after raising the limit as far as permitted. A server that runs out
  /// of files cannot accept any connection, so fewer are used than the limit allows.
  static let available: Int = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 - reserve }
    let wanted = min(limit.rlim_max, maxCount)
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    let files = Int(clamping: limit.rlim_cur)
    return max(16, files > 2 * reserve ? files - reserve : files / 2)
  }()
}
