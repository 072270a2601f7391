import CRelaySockets

/// Number of processors available to this process.
enum Processors {
  /// Processors available by affinity and cgroup quotas, at least 1.
  static var allowed: Int {
    let membership = (try? Files.read("/proc/self/cgroup")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return max(1, min(Int(relay_processor_count()), quota(membership, root: "/sys/fs/cgroup") ?? .max))
  }

  /// Returns the smallest quota of a process's cgroup and its ancestors, rounded up to whole processors; nil if there
  /// is none.
  ///
  /// systemd's `CPUQuota=` is in the unit's own folder and a container's quota in the root of its namespace. Both may
  /// use cgroups version 1 or 2.
  ///
  /// - Parameters:
  ///   - membership: Content of /proc/self/cgroup, lines of `ID:CONTROLLERS:PATH`.
  ///   - root: Mount point of the cgroups.
  static func quota(_ membership: String, root: String) -> Int? {
    var quotas: [Int] = []
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      let mounts: [String]
      if fields[1].isEmpty {
        mounts = [root, root + "/unified"]
      } else if controllers.contains("cpu") {
        mounts = ["\(root)/\(fields[1])", root + "/cpu", root + "/cpu,cpuacct"]
      } else {
        continue
      }
      var path = fields[2].split(separator: "/")
      while true {
        let folder = path.map { "/\($0)" }.joined()
        for mount in mounts {
          if let quota = fields[1].isEmpty ? second(mount + folder) : first(mount + folder) { quotas.append(quota) }
        }
        guard path.popLast() != nil else { break }
      }
    }
    // The membership is unknown if /proc is hidden.
    if quotas.isEmpty, let quota = second(root) { quotas.append(quota) }
    return quotas.min()
  }

  /// Version 2: `cpu.max` holds the quota in microseconds, or `max`, and the period.
  private static func second(_ folder: String) -> Int? {
    let fields = text(folder + "/cpu.max").split { $0 == " " || $0 == "\n" }
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]) else { return nil }
    return processors(quota, period)
  }

  /// Version 1: quota and period are in two files, and a quota of -1 means none.
  private static func first(_ folder: String) -> Int? {
    func number(_ name: String) -> Int? { Int(text("\(folder)/\(name)").prefix { $0 != "\n" }) }
    guard let quota = number("cpu.cfs_quota_us"), let period = number("cpu.cfs_period_us") else { return nil }
    return processors(quota, period)
  }

  private static func processors(_ quota: Int, _ period: Int) -> Int? {
    guard quota > 0, period > 0 else { return nil }
    let whole = quota / period
    return max(1, quota % period == 0 ? whole : whole + 1)
  }

  private static func text(_ path: String) -> String {
    (try? Files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
