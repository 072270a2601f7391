import Glibc
import RelayCore

/// A question to a relay that it answers without knowing who asks: an initiation for one of its keys. The relay replies with
/// a cookie, because the address is new to it. Nobody can open the initiation.
struct HandshakeQuestion {
  private let bytes: [UInt8]

  /// - Parameter key: Public key that may use the relay.
  init(for key: [UInt8]) {
    var message: [UInt8] = [1, 0, 0, 0] + (0..<112).map { _ in UInt8.random(in: .min ... .max) }
    let label = Array(WireGuard.labelMAC1.utf8) + key
    message += BLAKE2s.mac(message, key: BLAKE2s.hash(label))
    bytes = message + [UInt8](repeating: 0, count: 16)
  }

  /// Seconds to wait for an answer. A relay that knows no address of the key answers after 150 ms.
  private static let patience = 1
  private static let attempts = 2

  /// Returns whether the relay answers at any of its addresses.
  func isAnswered(at host: String, _ port: Int) -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return false }
    defer { freeaddrinfo(first) }
    var next = first
    while let entry = next {
      if isAnswered(at: entry.pointee) { return true }
      next = entry.pointee.ai_next
    }
    return false
  }

  private func isAnswered(at place: addrinfo) -> Bool {
    let descriptor = socket(place.ai_family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    guard connect(descriptor, place.ai_addr, place.ai_addrlen) == 0 else { return false }
    for _ in 0..<Self.attempts {
      guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { continue }
      var answer = [UInt8](repeating: 0, count: 256)
      // A cookie reply for the index that was asked with.
      if recv(descriptor, &answer, answer.count, 0) == 64, answer.starts(with: [3, 0, 0, 0]),
        answer[4..<8].elementsEqual(bytes[4..<8])
      {
        return true
      }
    }
    return false
  }
}
