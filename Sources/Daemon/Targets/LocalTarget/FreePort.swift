import Glibc

/// Unused ports on loopback.
enum FreePort {
  /// Returns an unused TCP port on 127.0.0.1; nil if there is none.
  static func tcp() -> Int? { bound(SOCK_STREAM, "127.0.0.1", 0) }

  /// Returns a UDP port that is unused at all addresses; nil if there is none.
  ///
  /// - Parameter except: Port that must not be returned.
  static func udp(at addresses: [String], except: Int) -> Int? {
    guard let first = addresses.first else { return nil }
    for _ in 0..<attempts {
      guard let port = bound(SOCK_DGRAM, first, 0) else { return nil }
      if port != except, isFree(port, at: addresses) { return port }
    }
    return nil
  }

  /// Returns whether a UDP port is unused at all addresses.
  static func isFree(_ port: Int, at addresses: [String]) -> Bool {
    addresses.allSatisfy { bound(SOCK_DGRAM, $0, port) != nil }
  }

  private static let attempts = 50

  /// Returns the port to which a socket was bound for a moment; nil if it could not be.
  private static func bound(_ type: __socket_type, _ text: String, _ port: Int) -> Int? {
    let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    guard inet_pton(AF_INET, text, &address.sin_addr) == 1 else { return nil }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
      }
    }
    return status == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }
}
