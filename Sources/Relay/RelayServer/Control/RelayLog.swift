import Glibc
import RelayCore
import TextFormats
import Synchronization

/// Log lines on standard error, `level=… event=… …`.
///
/// Events that can repeat often are limited to one line per reason every ten seconds.
///
/// Keys appear by name or fingerprint; tokens and identities never appear. Nothing is logged per data packet.
package final class RelayLog: Sendable {
  private struct State {
    var lastLine: [String: UInt64] = [:]
    var suppressed: [String: UInt64] = [:]
  }

  private let debugging: Bool
  private let state = Mutex(State())
  private static let quietSeconds: UInt64 = 10

  /// Creates a log; with `debugging`, it includes debug lines.
  package init(debugging: Bool) { self.debugging = debugging }

  /// Logs information.
  package func info(_ event: LogEvent, _ fields: (String, String)...) { write("info", event, fields) }
  /// Logs a warning.
  package func warning(_ event: LogEvent, _ fields: (String, String)...) { write("warning", event, fields) }
  /// Logs an error.
  package func error(_ event: LogEvent, _ fields: (String, String)...) { write("error", event, fields) }

  /// Logs at most one line per reason every ten seconds, with the number of suppressed ones.
  ///
  /// - Parameter reason: Key that the limit applies to.
  func limited(_ level: String, _ event: LogEvent, reason: String, at now: Instant, _ fields: [(String, String)]) {
    let suppressed = state.withLock { state -> UInt64? in
      if let last = state.lastLine[reason], now.seconds < last + Self.quietSeconds {
        state.suppressed[reason, default: 0] += 1
        return nil
      }
      state.lastLine[reason] = now.seconds
      return state.suppressed.removeValue(forKey: reason) ?? 0
    }
    guard let suppressed else { return }
    write(level, event, fields + (suppressed > 0 ? [("suppressed", String(suppressed))] : []))
  }

  /// Logs a notice from the core.
  func write(_ notice: RelayNotice, at now: Instant) {
    switch notice {
    case .handshake(let initiator, let responder, let milliseconds):
      guard debugging else { return }
      write(
        "debug", .handshake,
        [("initiator", initiator), ("responder", responder), ("milliseconds", String(milliseconds))])
    case .refused(let reason, let source):
      // Every unknown address begins with a challenge, so it is not worth a line.
      guard debugging || reason != .challenged else { return }
      limited(
        reason == .challenged ? "debug" : "warning", .handshakeRefused, reason: "refused." + reason.label, at: now,
        [("reason", reason.label), ("source", source.description)])
    case .moved(let key, let from, let to):
      limited(
        "info", .peerMoved, reason: "moved", at: now,
        [("key", key), ("from", from.description), ("to", to.description)])
    case .movedBack(let key, let to):
      limited(
        "warning", .moveReverted, reason: "moved_back", at: now, [("key", key), ("to", to.description)])
    case .fallback(let key):
      limited("info", .ownerSilent, reason: "fallback", at: now, [("key", key)])
    case .askerIgnored(let key, let source):
      limited(
        "info", .askerIgnored, reason: "ignored", at: now, [("key", key), ("source", source.description)])
    case .contested(let key, let one, let other):
      limited(
        "warning", .keyContested, reason: "contested." + key, at: now,
        [("key", key), ("at", one.description), ("and", other.description)])
    case .member(let change):
      switch change {
      case .joined(let id): write("info", .memberJoined, [("member", String(id, radix: 16))])
      case .changed(let id): write("info", .memberChanged, [("member", String(id, radix: 16))])
      case .lost(let id): write("warning", .memberLost, [("member", String(id, radix: 16))])
      case .back(let id): write("info", .memberBack, [("member", String(id, radix: 16))])
      }
    case .separated(let sessions): write("info", .pairsSeparated, [("sessions", String(sessions))])
    case .revoked(let keys, let sessions):
      write("info", .keysRevoked, [("keys", String(keys)), ("sessions_ended", String(sessions))])
    }
  }

  private func write(_ level: String, _ event: LogEvent, _ fields: [(String, String)]) {
    var line = "\(Self.timestamp()) level=\(level) event=\(event.rawValue)"
    for (name, value) in fields { line += " \(name)=\(LogfmtText.value(value))" }
    line += "\n"
    // A single call, so that lines of two threads do not interleave.
    line.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
  }

  /// Returns the current time as RFC 3339 in UTC with milliseconds.
  static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func digits(_ value: Int, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return
      "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))T"
      + "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
      + ".\(digits(now.tv_nsec / 1_000_000, 3))Z"
  }
}
