import FoundationEssentials
import Glibc
import HostChecks

/// Bound UDP sockets of this machine, from `/proc`.
enum BoundSockets {
  /// Returns the sockets at some ports, with those of their processes that this user can see.
  static func at(_ ports: Set<Int>) -> [HostFacts.Socket] {
    var found: [(port: Int, inode: String)] = []
    for table in ["/proc/net/udp", "/proc/net/udp6"] {
      for line in (HostReading.text(table) ?? "").split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ")
        guard fields.count > 9, let text = fields[1].split(separator: ":").last, let port = Int(text, radix: 16),
          ports.contains(port)
        else { continue }
        found.append((port, String(fields[9])))
      }
    }
    guard !found.isEmpty else { return [] }
    let owners = owners(of: Set(found.map(\.inode)))
    return found.map { HostFacts.Socket(port: $0.port, process: owners[$0.inode]) }
  }

  private static func owners(of inodes: Set<String>) -> [String: (name: String, id: Int)] {
    var owners: [String: (name: String, id: Int)] = [:]
    for entry in names(in: "/proc") {
      guard let process = Int(entry) else { continue }
      for descriptor in names(in: "/proc/\(process)/fd") {
        guard
          let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(descriptor)"),
          target.hasPrefix("socket:["), target.hasSuffix("]")
        else { continue }
        let inode = String(target.dropFirst("socket:[".count).dropLast())
        guard inodes.contains(inode) else { continue }
        let name = (HostReading.text("/proc/\(process)/comm") ?? "").filter { $0 != "\n" }
        owners[inode] = (name, process)
      }
    }
    return owners
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
