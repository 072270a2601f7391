import Glibc

/// Connections and pipes whose other end is closed.
package enum BrokenPipe {
  /// Makes a write to one fail instead of ending the program, as a daemon must outlive the reader of its log and every
  /// server that it talks to. Child processes do not inherit this.
  package static func ignore() { signal(SIGPIPE, SIG_IGN) }
}
