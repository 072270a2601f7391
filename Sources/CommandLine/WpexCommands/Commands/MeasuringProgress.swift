import AuditLog
import FleetMonitoring
import FleetCollectors
import ArgumentParser
import Glibc

/// Progress line on standard error, shown only if that is a terminal.
struct MeasuringProgress: Sendable {
  private let isLive = isatty(STDERR_FILENO) == 1

  /// Replaces the line.
  func show(_ text: String) { if isLive { Terminal.prompt("\r\u{1B}[2K\(text)") } }
  /// Erases the line.
  func clear() { if isLive { Terminal.prompt("\r\u{1B}[2K") } }
}
