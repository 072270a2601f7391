import Glibc

/// How many files, connections among them, this process may have open.
enum OpenFiles {
  /// Those that a server needs besides its connections.
  private static let reserve = 128
  /// More than this is never asked for: what a process allocates for each may add up.
  private static let most: rlim_t = 65_536

  /// Connections that fit, after the limit was raised as far as it may be. Where they run out, nothing can be accepted, by
  /// nobody; so that fewer connections are taken than that.
  static let available: Int = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 - reserve }
    let wanted = min(limit.rlim_max, most)
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    let files = Int(clamping: limit.rlim_cur)
    return max(16, files > 2 * reserve ? files - reserve : files / 2)
  }()
}
