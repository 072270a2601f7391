import FoundationEssentials
import Glibc
import SyncEngine

/// Kills the program at a numbered place, for tests (`WPEX_FAULT_POINT`).
enum FaultInjection {
  private static let wanted = ProcessInfo.processInfo.environment["WPEX_FAULT_POINT"].flatMap { Int($0) }

  static let hook: @Sendable (FaultPoint) -> Void = { point in
    if point.rawValue == wanted { kill(getpid(), SIGKILL) }
  }
}
