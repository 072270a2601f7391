import CRelaySockets
import Glibc
import TextFormats

/// Question to a running relay's `/readyz`: the health check of a container that has no other program.
package struct ReadyQuestion {
  private let address: HostPort
  /// Limit of each step: connecting, sending, receiving.
  private let timeout = timeval(tv_sec: 3, tv_usec: 0)

  /// - Parameter address: Value of the relay's `--stats`; without a host, the relay is asked over loopback.
  package init?(_ address: String) {
    guard let parts = HostPort(address) else { return nil }
    self.address = parts.host.isEmpty ? HostPort(host: "127.0.0.1", port: parts.port) : parts
  }

  /// Whether the relay answers that it is ready.
  package func isAnswered() -> Bool {
    relay_keep_names_static()
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let target = found?.pointee else {
      return false
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(target.ai_family, target.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var timeout = timeout
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 else { return false }
    var request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    guard request.withUTF8({ send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) == $0.count })
    else { return false }
    // The status line is in the first bytes: `HTTP/1.1 200 …`.
    var answer = [UInt8](repeating: 0, count: 12)
    let count = recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL))
    return count == answer.count && answer.suffix(4).elementsEqual(" 200".utf8)
  }
}
