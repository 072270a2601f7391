import ProcessSupport
import FleetMonitoring
import Glibc
import TextFormats

/// Probes UDP ports by sending one byte and waiting for an ICMP refusal.
///
/// A relay drops the byte and counts it as `malformed`. A port without a relay is refused by its host, unless a filter
/// on the way drops the datagram or the refusal.
actor PortProbe {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  static let shared = PortProbe()

  /// Number of ports probed together.
  static let batch = 64
  /// Milliseconds to wait for refusals.
  private static let timeout: Int32 = 400

  private struct Attempt {
    var state: PortState
    var descriptor: Int32 = -1
  }

  /// Probes ports and returns their states in the same order.
  ///
  /// - Parameter endpoints: addresses as `host:port`.
  func look(_ endpoints: [String]) -> [PortState] {
    var attempts = endpoints.map(send)
    defer { for attempt in attempts where attempt.descriptor >= 0 { close(attempt.descriptor) } }
    var polled = attempts.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    var left = Self.timeout
    // Refusals arrive one at a time, and each ends a poll.
    while left > 0, polled.contains(where: { $0.fd >= 0 }) {
      let begin = ContinuousClock.now
      guard poll(&polled, nfds_t(polled.count), left) > 0 else { break }
      for place in polled.indices where polled[place].fd >= 0 && polled[place].revents != 0 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(polled[place].fd, SOL_SOCKET, SO_ERROR, &error, &length)
        if error != 0 {
          attempts[place].state = Self.unreachable(endpoints[place], error)
        }
        polled[place].fd = -1
      }
      let passed = ContinuousClock.now - begin
      left -= Int32(clamping: passed.components.seconds * 1_000 + passed.components.attoseconds / 1_000_000_000_000_000)
      left -= 1
    }
    return attempts.map(\.state)
  }

  private static func unreachable(_ endpoint: String, _ error: Int32) -> PortState {
    .unreachable(
      StatusText(
        .portUnreachable, ["endpoint": .string(endpoint), "error": .string(String(cString: strerror(error)))]))
  }

  private func send(_ endpoint: String) -> Attempt {
    guard let target = HostPort(endpoint, acceptsBareIPv6: true) else { return Attempt(state: .unknown) }
    let host = target.host
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(target.port), &hints, &found)
    guard status == 0, let address = found else {
      // A failing resolver says nothing about the relay.
      return Attempt(
        state: status == EAI_NONAME ? .unreachable(StatusText(.hostUnknown, ["host": .string(String(host))])) : .unknown
      )
    }
    defer { freeaddrinfo(found) }
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(address.pointee.ai_family, kind, 0)
    guard descriptor >= 0 else { return Attempt(state: .unknown) }
    var byte: UInt8 = 0
    guard connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
      Glibc.send(descriptor, &byte, 1, 0) == 1
    else {
      let error = errno
      close(descriptor)
      return Attempt(state: Self.unreachable(endpoint, error))
    }
    return Attempt(state: .silent, descriptor: descriptor)
  }
}
