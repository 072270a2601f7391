import Glibc

/// Receives SIGHUP, SIGTERM and SIGINT on a thread instead of in signal handlers. Create it before any other thread, so
/// that all threads inherit the blocked signals.
package struct SignalWatch: Sendable {
  private let set: sigset_t

  /// Blocks the signals on the calling thread, and ignores SIGPIPE.
  package init() {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGHUP, SIGTERM, SIGINT] { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.set = set
    // Writing to a closed socket returns an error instead.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - reload: Called on SIGHUP.
  ///   - stop: Called on SIGTERM and SIGINT.
  /// - Throws: `RelayServerError` if the thread cannot be started.
  package func start(reload: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void)
    throws(RelayServerError)
  {
    let set = set
    try startThread("signals") {
      var set = set
      while true {
        var received: Int32 = 0
        guard sigwait(&set, &received) == 0 else {
          // It fails only if the system forbids the call, and then every time.
          usleep(100_000)
          continue
        }
        if received == SIGHUP { reload() } else { stop() }
      }
    }
  }
}
