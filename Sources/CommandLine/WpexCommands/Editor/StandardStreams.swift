import ProcessSupport
import Glibc

/// Standard input, read on a thread of its own.
actor StandardInput {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  deinit { executor.stop() }

  /// The next bytes; nil at the end, or where they cannot be read.
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

/// Standard output, written on a thread of its own, so that a slow reader holds up nothing else.
actor StandardOutput {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  deinit { executor.stop() }

  /// Writes everything; what nobody reads any more is dropped.
  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return }
      if written > 0 { rest = rest.dropFirst(written) }
    }
  }
}
