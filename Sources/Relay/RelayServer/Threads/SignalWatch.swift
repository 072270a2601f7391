import Glibc

/// Takes SIGHUP, SIGTERM and SIGINT on a thread instead of in handlers. Made before any other thread, which then leave
/// these signals alone.
package struct SignalWatch: Sendable {
  private let set: sigset_t

  package init() {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGHUP, SIGTERM, SIGINT] { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.set = set
    // Who writes to a closed socket gets an error instead.
    signal(SIGPIPE, SIG_IGN)
  }

  package func start(reload: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void) throws(RelayFailure)
  {
    let set = set
    try startThread("signals") {
      var set = set
      while true {
        var received: Int32 = 0
        guard sigwait(&set, &received) == 0 else {
          // It does not fail, unless the system forbids it: then every time.
          usleep(100_000)
          continue
        }
        if received == SIGHUP { reload() } else { stop() }
      }
    }
  }
}
