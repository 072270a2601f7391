import Glibc

/// Which run of the kernel this is, and whose clock: moments of two processes compare if both have the same.
enum BootIdentity {
  /// What a unit passes on whose `/proc` is hidden, as systemd's `%b`.
  private static let variable = "WPEX_BOOT_ID"

  /// Empty if it is not known.
  static let bytes: [UInt8] = {
    let kernels = (try? Files.read("/proc/sys/kernel/random/boot_id")) ?? []
    let given = getenv(variable).map { Array(String(cString: $0).utf8) } ?? []
    let boot = (kernels.isEmpty ? given : kernels).filter { UInt8(ascii: "0")...UInt8(ascii: "z") ~= $0 }
    // In a time namespace, the clock has another beginning.
    return boot.isEmpty ? [] : boot + timeNamespace
  }()

  private static var timeNamespace: [UInt8] {
    var name = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/self/ns/time", &name, name.count)
    return name.prefix(max(0, length)).map { UInt8(bitPattern: $0) }
  }
}
