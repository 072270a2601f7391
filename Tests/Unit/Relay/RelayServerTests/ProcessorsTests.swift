import FoundationEssentials
import Testing

@testable import RelayServer

/// Quotas as systemd and containers write them, in folders made for the test.
@Suite struct ProcessorsTests {
  private func quota(_ membership: String, _ files: [String: String]) throws -> Int? {
    let root = "/tmp/wpex-cgroup-\(UInt64.random(in: .min ... .max))"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (path, text) in files {
      let folder = root + "/" + path.split(separator: "/").dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: "\(root)/\(path)"))
    }
    return Processors.quota(membership, root: root)
  }

  @Test(
    arguments: [
      // A container with a namespace of its own.
      ("0::/\n", ["cpu.max": "150000 100000\n"], 2),
      // CPUQuota= of a unit, and of the slice above it.
      ("0::/system.slice/wpex-relay.service\n", ["system.slice/wpex-relay.service/cpu.max": "100000 100000\n"], 1),
      (
        "0::/system.slice/wpex-relay.service\n",
        ["system.slice/wpex-relay.service/cpu.max": "max 100000\n", "system.slice/cpu.max": "300000 100000\n"], 3
      ),
      ("0::/\n", ["cpu.max": "max 100000\n"], nil),
      // Version 1, under both of its names.
      (
        "7:memory:/x\n4:cpu,cpuacct:/docker/abc\n",
        ["cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "50000\n", "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n"],
        1
      ),
      (
        "4:cpuacct,cpu:/\n", ["cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"], 4
      ),
      ("4:cpu:/\n", ["cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"], nil),
      // A folder that cannot be seen from inside: the root is that of the namespace.
      ("4:cpu:/kubepods/pod1\n", ["cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"], 2),
      ("", ["cpu.max": "200000 100000\n"], 2),
      ("garbage\n1:2\n0::/../../etc\n", ["cpu.max": "x y\n"], nil),
      ("0::/\n", ["cpu.max": "9223372036854775807 1\n"], Int.max),
      ("0::/\n", ["cpu.max": "1 0\n"], nil),
    ] as [(String, [String: String], Int?)])
  func quotaIsRead(_ membership: String, _ files: [String: String], _ expected: Int?) throws {
    #expect(try quota(membership, files) == expected)
  }
}
