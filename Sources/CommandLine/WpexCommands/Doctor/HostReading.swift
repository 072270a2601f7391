import CHostFacts
import ConfigModel
import FoundationEssentials
import Glibc
import HostChecks
import TextFormats

/// Reads facts about this machine.
enum HostReading {
  /// Kernel settings that checks look at.
  private static let settings = [
    "net.core.rmem_max", "net.core.wmem_max", "net.ipv4.ping_group_range", "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports", "net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_udp_timeout_stream",
  ]

  static var kernel: [String: String] {
    var found: [String: String] = [:]
    for name in settings {
      guard let value = text("/proc/sys/\(name.split(separator: ".").joined(separator: "/"))") else { continue }
      found[name] = value.filter { $0 != "\n" }
    }
    return found
  }

  /// Whether the kernel's clock is synchronized; nil if it does not say.
  static var isClockSynchronized: Bool? {
    let answer = host_clock_is_synchronized()
    return answer < 0 ? nil : answer == 1
  }

  /// Interfaces of this machine behind which pods or containers have addresses of their own.
  private static let podInterfaces = ["veth", "cni", "cali", "lxc", "cilium"]

  /// Interfaces through which peers reach pods of this machine, and whether each passes bursts on as bursts.
  static var uplinks: [(interface: String, forwardsBursts: Bool)] {
    let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []).sorted()
    let hasPods = all.contains { name in podInterfaces.contains { name.hasPrefix($0) } }
    guard hasPods else { return [] }
    // Only hardware, real or virtual, has a device.
    return all.filter { FileManager.default.fileExists(atPath: "/sys/class/net/\($0)/device") }.compactMap { name in
      let answer = host_interface_feature(name, "rx-udp-gro-forwarding")
      return answer < 0 ? nil : (name, answer == 1)
    }
  }

  /// Addresses of this machine's interfaces.
  static var addresses: [IPAddress] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [IPAddress] = []
    var next = first
    while let interface = next {
      if let address = interface.pointee.ifa_addr, let text = numeric(address), !found.contains(text) {
        found.append(text)
      }
      next = interface.pointee.ifa_next
    }
    return found
  }

  /// Addresses of a host name.
  static func resolve(_ host: String) -> HostFacts.Resolution {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &first)
    guard status == 0 else {
      return HostFacts.Resolution(host: host, addresses: [], error: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(first) }
    var found: [IPAddress] = []
    var next = first
    while let entry = next {
      if let address = entry.pointee.ai_addr, let text = numeric(address), !found.contains(text) { found.append(text) }
      next = entry.pointee.ai_next
    }
    return HostFacts.Resolution(host: host, addresses: found)
  }

  /// File system of a folder, or of the nearest one above it that exists.
  static func disk(of path: String) -> HostFacts.Disk? {
    var status = statvfs()
    var folder = URL(fileURLWithPath: path).standardizedFileURL.path
    while statvfs(folder, &status) != 0 {
      guard errno == ENOENT, folder != "/" else { return nil }
      folder = URL(fileURLWithPath: folder).deletingLastPathComponent().standardizedFileURL.path
    }
    // File systems of other machines may report any number.
    func bytes(_ blocks: UInt) -> Int {
      let product = blocks.multipliedReportingOverflow(by: UInt(clamping: status.f_frsize))
      return product.overflow ? .max : Int(clamping: product.partialValue)
    }
    return HostFacts.Disk(
      path: path, free: bytes(UInt(clamping: status.f_bavail)), total: bytes(UInt(clamping: status.f_blocks)),
      freeFiles: status.f_files == 0 ? nil : Int(clamping: status.f_favail))
  }

  /// Limit of open files of a process; of this one if it cannot be read.
  static func openFiles(of process: Int?) -> (limit: Int, of: String)? {
    if let process, let limits = text("/proc/\(process)/limits"),
      let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max open files") }),
      let limit = line.split(whereSeparator: { $0 == " " }).dropFirst(3).first.flatMap({ Int($0) })
    {
      return (limit, "the relay with process \(process)")
    }
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return (Int(clamping: limit.rlim_max), "a program that this user starts")
  }

  /// Version that a program prints; nil if it cannot be run.
  static func version(of program: String) -> String? {
    guard let pipe = popen("\(ShellText.word(program)) --version 2>/dev/null </dev/null", "r") else { return nil }
    var line = [CChar](repeating: 0, count: 256)
    let read = fgets(&line, Int32(line.count), pipe) != nil
    guard pclose(pipe) == 0, read else { return nil }
    let end = line.firstIndex(of: 0) ?? line.count
    return String(decoding: line[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self).filter { $0 != "\n" }
  }

  /// All groups of a user.
  static func groups(of user: UInt32) -> [Int] {
    guard let entry = getpwuid(user) else { return [Int(getegid())] }
    var count: Int32 = 1_024
    var groups = [gid_t](repeating: 0, count: Int(count))
    guard getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) >= 0 else {
      return [Int(entry.pointee.pw_gid)]
    }
    return groups.prefix(Int(max(0, count))).map(Int.init)
  }

  static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func numeric(_ address: UnsafePointer<sockaddr>) -> IPAddress? {
    let length: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: length = MemoryLayout<sockaddr_in>.size
    case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
    default: return nil
    }
    var host = [CChar](repeating: 0, count: 256)
    guard getnameinfo(address, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
      return nil
    }
    let end = host.firstIndex(of: 0) ?? host.count
    let text = String(decoding: host[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return IPAddress(text.prefix { $0 != "%" })
  }
}
