import FoundationEssentials
import Glibc

/// Name of the operating system's user who runs this process; of the original one under sudo.
package enum UserName {
  /// The name; `uid-` and the number of a user without one.
  package static var current: String {
    let environment = ProcessInfo.processInfo.environment
    if let name = environment["SUDO_USER"] ?? environment["USER"], !name.isEmpty { return name }
    var record = passwd()
    var buffer = [CChar](repeating: 0, count: 4_096)
    var found: UnsafeMutablePointer<passwd>?
    guard getpwuid_r(getuid(), &record, &buffer, buffer.count, &found) == 0, found != nil, let name = record.pw_name
    else {
      return "uid-\(getuid())"
    }
    return String(cString: name)
  }
}
