import FoundationEssentials
import Glibc

/// What a process has used until some moment, after /proc (proc(5)).
struct ProcessUsage: Sendable, Equatable {
  let process: Int32
  /// In clock ticks since the machine started: tells it from another process of its number.
  let startedAt: UInt64
  /// Clock ticks of processor time, its own and the kernel's for it.
  let ticks: UInt64
  let residentBytes: UInt64
  /// Seconds since 1970.
  let time: Double

  private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  private static let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

  /// - Returns: Nil where there is no such process.
  init?(process: Int32, at time: Double) {
    guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
    self.init(process: process, stat: String(decoding: data, as: UTF8.self), at: time)
  }

  /// - Parameter stat: the text of `/proc/PID/stat`.
  init?(process: Int32, stat: String, at time: Double) {
    // The name stands in parentheses, and may hold any of them: fields count from the last one.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    // proc(5) counts from 1, and the first field here is its third.
    func field(_ number: Int) -> UInt64? { number - 3 < fields.count ? UInt64(fields[number - 3]) : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let pages = field(24) else { return nil }
    self.process = process
    startedAt = start
    ticks = user.addingReportingOverflow(system).partialValue
    residentBytes = pages.multipliedReportingOverflow(by: Self.pageSize).partialValue
    self.time = time
  }

  /// Processors in use since an earlier look; nil where it was another process, or no time has passed.
  func processors(since earlier: ProcessUsage) -> Double? {
    guard earlier.startedAt == startedAt, time > earlier.time, ticks >= earlier.ticks else { return nil }
    return Double(ticks - earlier.ticks) / Self.ticksPerSecond / (time - earlier.time)
  }
}
