import Glibc

/// Identity of the kernel boot and its clock. Times of two processes are comparable if both have the same identity.
enum BootIdentity {
  /// Environment variable with the boot id (systemd's `%b`), for units to which `/proc` is hidden.
  private static let variable = "WPEX_BOOT_ID"

  /// Identity of the boot and time namespace; empty if unknown.
  static let bytes: [UInt8] = {
    let kernels = (try? Files.read("/proc/sys/kernel/random/boot_id")) ?? []
    let given = getenv(variable).map { Array(String(cString: $0).utf8) } ?? []
    let boot = (kernels.isEmpty ? given : kernels).filter { UInt8(ascii: "0")...UInt8(ascii: "z") ~= $0 }
    // In a time namespace, the clock has a different origin.
    return boot.isEmpty ? [] : boot + timeNamespace
  }()

  private static var timeNamespace: [UInt8] {
    var name = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/self/ns/time", &name, name.count)
    return name.prefix(max(0, length)).map { UInt8(bitPattern: $0) }
  }
}
