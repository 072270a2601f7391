import RelayCore
import CRelayCore
import CRelaySockets
import Glibc

/// The relay's UDP sockets, opened by this process or adopted from an earlier one.
struct SocketSet: Sendable {
  /// Sockets by worker number.
  private(set) var pairs: [SocketPair] = []
  /// Bound port.
  private(set) var port: UInt16 = 0
  /// Whether every socket supports UDP_GRO.
  private(set) var receivesCoalesced = true
  /// Whether every socket supports UDP_SEGMENT.
  private(set) var sendsSegmented = true
  /// Smallest receive buffer of the sockets in bytes.
  private(set) var receiveBuffer = Int.max
  /// Whether a reply leaves from the local address that the peer sent to, rather than from the one that routing
  /// chooses.
  private(set) var answersByAddress = false

  /// Buffer size to request per socket, in bytes: about 5,000 packets, or 30 ms at 2 Gb/s.
  static let wantedBuffer = 8 << 20
  /// Longest time that a worker sleeps before it checks whether it has to stop.
  private static let timeoutMilliseconds: Int32 = 200

  /// Opens sockets.
  ///
  /// - Parameters:
  ///   - bind: Address to listen on; nil for all addresses of both families.
  ///   - port: UDP port; 0 chooses a free one.
  ///   - count: Sockets per family.
  ///   - shared: Whether this program's sockets already use the port.
  /// - Throws: `RelayServerError` if the port is taken or a socket cannot be opened. A missing IPv6 is tolerated, unless
  ///   `bind` requires it.
  init(bind: String?, port: UInt16, count: Int, shared: Bool = false) throws(RelayServerError) {
    self.port = port
    let wanted = try Self.addresses(bind)
    pairs = Array(repeating: SocketPair(), count: count)
    for (family, address) in wanted {
      if !shared, port != 0 { try Self.requireFree(family, address, port) }
      for index in 0..<count {
        var address = address
        address.meta = address.meta & ~0xFFFF | UInt64(self.port)
        var opened = relay_socket()
        let error = relay_open(family, address, Int32(Self.wantedBuffer), true, &opened)
        // On a machine without IPv6, serve IPv4 only.
        if error == EAFNOSUPPORT || error == EADDRNOTAVAIL, wanted.count > 1, family == relay_ipv6 { break }
        guard error == 0 else {
          throw Self.refusal(address, error)
        }
        if self.port == 0 { self.port = relay_bound_port(opened.descriptor) }
        add(opened, family, at: index)
      }
    }
  }

  /// Returns the addresses to listen on, without a port: all addresses of both families if `bind` names none.
  private static func addresses(_ bind: String?) throws(RelayServerError) -> [(relay_family, Endpoint)] {
    guard let bind, !bind.isEmpty else {
      return [(relay_ipv4, Endpoint(ipv4: 0, port: 0)), (relay_ipv6, Endpoint(ipv6: 0, 0, port: 0))]
    }
    let text = bind.hasPrefix("[") && bind.hasSuffix("]") ? String(bind.dropFirst().dropLast()) : bind
    guard let address = Endpoint(address: text, port: 0) else {
      throw RelayServerError(.invalid, "--bind needs an address such as 192.0.2.1 or 2001:db8::1, not \(bind)")
    }
    return [(address.isIPv4 ? relay_ipv4 : relay_ipv6, address)]
  }

  /// Checks that no other program uses the port. The workers' sockets share it (SO_REUSEPORT), and those of a second
  /// relay would silently take half of the packets. Binding a socket without sharing reveals that.
  private static func requireFree(_ family: relay_family, _ address: Endpoint, _ port: UInt16) throws(RelayServerError)
  {
    var address = address
    address.meta = address.meta & ~0xFFFF | UInt64(port)
    var opened = relay_socket()
    let error = relay_open(family, address, 0, false, &opened)
    if error == 0 { close(opened.descriptor) }
    if error == EADDRINUSE { throw refusal(address, error) }
  }

  private static func refusal(_ address: Endpoint, _ error: Int32) -> RelayServerError {
    RelayServerError(
      .system,
      "cannot listen on \(address): \(Files.reason(error))"
        + (error == EADDRINUSE ? "; another program uses the port: choose another one with --port" : ""))
  }

  /// Adopts the sockets of an earlier process, and opens more if there are more workers.
  ///
  /// - Throws: `RelayServerError` if they have another port or address, or further sockets cannot be opened.
  init(adopting descriptors: [Int32], bind: String?, port: UInt16, count: Int) throws(RelayServerError) {
    let wanted = try Self.addresses(bind).map(\.1)
    var adopted: [(relay_family, relay_socket)] = []
    var port = port
    for descriptor in descriptors {
      var family = relay_ipv4
      var bound = Endpoint.none
      var socket = relay_socket()
      guard relay_adopt(descriptor, &family, &bound, &socket) == 0, port == 0 || bound.port == port else {
        throw RelayServerError(.invalid, "the running relay uses another port, \(bound.port); stop it first")
      }
      var address = bound
      address.meta &= ~0xFFFF
      guard wanted.contains(address) else {
        throw RelayServerError(
          .invalid, "the running relay listens on \(bound), but --bind names another address; stop it first")
      }
      port = bound.port
      adopted.append((family, socket))
    }
    let perFamily = max(
      adopted.filter { $0.0 == relay_ipv4 }.count, adopted.filter { $0.0 == relay_ipv6 }.count)
    self.port = port
    // Every socket must be read: packets that the kernel assigns to an unread socket are lost.
    pairs = Array(repeating: SocketPair(), count: max(perFamily, 1))
    var places: [UInt32: Int] = [:]
    for (family, socket) in adopted {
      add(socket, family, at: places[family.rawValue, default: 0])
      places[family.rawValue, default: 0] += 1
    }
    if count > pairs.count {
      let more = try SocketSet(bind: bind, port: port, count: count - pairs.count, shared: true)
      pairs += more.pairs
    }
  }

  private mutating func add(_ socket: relay_socket, _ family: relay_family, at index: Int) {
    _ = relay_set_receive_timeout(socket.descriptor, Self.timeoutMilliseconds)
    if family == relay_ipv4 { pairs[index].ipv4 = socket.descriptor } else { pairs[index].ipv6 = socket.descriptor }
    receivesCoalesced = receivesCoalesced && socket.gro
    sendsSegmented = sendsSegmented && socket.gso
    receiveBuffer = min(receiveBuffer, Int(socket.receive_buffer))
  }

  /// Makes replies leave from the local address that the peer sent to, if the host has several and `bind` names none.
  ///
  /// With a single address, this would cost time and change nothing.
  ///
  /// - Returns: Whether this call enabled it.
  mutating func followAddresses(bind: String?) -> Bool {
    guard !answersByAddress, bind?.isEmpty ?? true,
      relay_address_count(relay_ipv4) > 1 || relay_address_count(relay_ipv6) > 1
    else { return false }
    answersByAddress = true
    for pair in pairs {
      if let socket = pair.ipv4 { _ = relay_want_local_address(socket, relay_ipv4) }
      if let socket = pair.ipv6 { _ = relay_want_local_address(socket, relay_ipv6) }
    }
    return true
  }

  /// Descriptors of all sockets.
  var descriptors: [Int32] { pairs.flatMap { [$0.ipv4, $0.ipv6].compactMap { $0 } } }
}
