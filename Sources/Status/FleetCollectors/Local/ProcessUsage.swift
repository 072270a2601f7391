import FoundationEssentials
import Glibc

/// Resource usage of a process at one moment, from `/proc` (proc(5)).
struct ProcessUsage: Sendable, Equatable {
  /// Process id.
  let process: Int32
  /// Start time in clock ticks since boot; distinguishes it from another process with the same id.
  let startedAt: UInt64
  /// User and system CPU time, in clock ticks.
  let ticks: UInt64
  /// Resident memory, in bytes.
  let residentBytes: UInt64
  /// Time of reading, in seconds since 1970.
  let time: Double

  private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  private static let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

  /// Reads the usage of a process.
  ///
  /// - Returns: Nil if there is no such process.
  init?(process: Int32, at time: Double) {
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
    self.init(process: process, stat: String(decoding: data, as: UTF8.self), at: time)
  }

  /// Parses the usage of a process.
  ///
  /// - Parameter stat: contents of `/proc/PID/stat`.
  /// - Returns: Nil if the contents are malformed.
  init?(process: Int32, stat: String, at time: Double) {
    // The name is enclosed in parentheses and may itself contain some, so count fields from the last one.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    // proc(5) numbers fields from 1; the first one here is number 3.
    func field(_ number: Int) -> UInt64? { number - 3 < fields.count ? UInt64(fields[number - 3]) : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let pages = field(24) else { return nil }
    self.process = process
    startedAt = start
    ticks = user.addingReportingOverflow(system).partialValue
    residentBytes = pages.multipliedReportingOverflow(by: Self.pageSize).partialValue
    self.time = time
  }

  /// Returns the CPU usage in cores since an earlier reading; nil if that was another process or no time has passed.
  func processors(since earlier: ProcessUsage) -> Double? {
    guard earlier.startedAt == startedAt, time > earlier.time, ticks >= earlier.ticks else { return nil }
    return Double(ticks - earlier.ticks) / Self.ticksPerSecond / (time - earlier.time)
  }
}
