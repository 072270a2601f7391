import Glibc

/// Connections and pipes whose other end went away.
enum BrokenPipe {
  /// Makes writing to one fail instead of ending the program: a daemon outlives the reader of its log, and every server
  /// that it talks to. Children begin without this.
  static func ignore() { signal(SIGPIPE, SIG_IGN) }
}
