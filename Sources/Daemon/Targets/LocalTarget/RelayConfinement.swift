import CChildProcess
import Glibc

/// What the process of a relay may use of this machine. Everything else is closed to it: other relays' folders, the
/// daemon's state and secrets, other processes.
struct RelayConfinement {
  /// Program of the relay.
  var program: String
  /// TCP port of its statistics.
  var statisticsPort: Int

  /// Paths, and what for.
  var paths: [(path: String, access: child_access)] {
    // Its working folder, with its files and its state.
    [(".", CHILD_WRITES), (program, CHILD_EXECUTES)] + Self.libraries.map { ($0, CHILD_EXECUTES) }
      + Self.system.map { ($0, CHILD_READS) } + [("/dev/null", CHILD_WRITES)]
  }

  /// Files for names and addresses, and what the kernel says of the machine and of the process itself.
  private static let system = [
    "/etc/resolv.conf", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/ld.so.cache",
    "/etc/ssl/openssl.cnf",
    "/etc/localtime", "/proc/self", "/proc/sys", "/proc/meminfo", "/sys/fs/cgroup", "/sys/devices/system/cpu",
    "/dev/urandom", "/dev/random",
  ]

  /// Folders of libraries: the system's, and those of this program, which a debug build shares with relays.
  private static let libraries: [String] = {
    var folders: Set<String> = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo"]
    for line in maps.split(separator: UInt8(ascii: "\n")) {
      guard let start = line.firstIndex(of: UInt8(ascii: "/")), let end = line.lastIndex(of: UInt8(ascii: "/")),
        end > start
      else { continue }
      let path = String(decoding: line[start...], as: UTF8.self)
      if path.hasSuffix(".so") || path.contains(".so.") {
        folders.insert(String(decoding: line[start..<end], as: UTF8.self))
      }
    }
    return folders.sorted()
  }()

  /// The kernel's list of what this process has mapped. It hands out a page at a time, which Foundation takes for the whole.
  private static var maps: [UInt8] {
    let descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var page = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &page, page.count)
      guard count > 0 else { return bytes }
      bytes += page.prefix(count)
    }
  }
}

extension LocalTarget {
  /// Version of the kernel's Landlock, which closes to relays what is not theirs; 0 if the kernel lacks it.
  package static var confinementVersion: Int { Int(child_landlock_version()) }
}
