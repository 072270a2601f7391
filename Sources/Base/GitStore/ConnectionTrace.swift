import ProcessSupport
import CChildProcess
import Glibc

/// A detector of an established connection in the trace output of `git`.
struct ConnectionTrace {
  /// Traces of a request over HTTP, and of a packet over any other transport.
  private static let marks = ["Send header", "packet:"].map { Array($0.utf8) }
  private var tail: [UInt8] = []
  private var isConnected = false

  /// Whether the trace up to and including `bytes` shows a connection.
  mutating func shows(_ bytes: [UInt8]) -> Bool {
    guard !isConnected else { return true }
    let text = tail + bytes
    isConnected = Self.marks.contains { text.firstRange(of: $0) != nil }
    tail = Array(text.suffix(32))
    return isConnected
  }
}
