import ProcessSupport
import Glibc

/// Asks relays on loopback whether they are ready, with a timeout of one second each.
actor ReadinessProbe {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private static let shared = ReadinessProbe()

  /// Returns whether the relay at an address and HTTP port is ready.
  static func isReady(_ address: String, _ port: Int) async -> Bool { await shared.ask(address, port) }

  private func ask(_ address: String, _ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: 1, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else { return false }
    let status = withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let request = "GET /readyz HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n"
    guard status == 0, send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
      return false
    }
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 12 && buffer.prefix(count).starts(with: Array("HTTP/1.1 200".utf8))
  }
}
