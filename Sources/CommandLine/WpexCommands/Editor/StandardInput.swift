import ProcessSupport
import Glibc

/// Standard input, read on its own thread.
actor StandardInput {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  deinit { executor.stop() }

  /// Returns the next bytes; nil at the end or on an error.
  func next() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      buffer.removeSubrange(count...)
      return buffer
    }
  }
}

/// Standard output, written on its own thread, so that a slow reader blocks nothing else.
actor StandardOutput {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  deinit { executor.stop() }

  /// Writes all bytes; drops them if the reader has gone.
  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return }
      if written > 0 { rest = rest.dropFirst(written) }
    }
  }
}
