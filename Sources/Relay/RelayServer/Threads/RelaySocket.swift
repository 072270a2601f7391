import CRelayCore
import CRelaySockets
import Glibc
import RelayCore

/// The sockets of one worker number: one of each family that is there.
struct SocketPair: Sendable {
  var ipv4: Int32?
  var ipv6: Int32?
}

/// Opens or takes over the relay's sockets.
struct SocketSet: Sendable {
  private(set) var pairs: [SocketPair] = []
  private(set) var port: UInt16 = 0
  private(set) var receivesCoalesced = true
  private(set) var sendsSegmented = true
  private(set) var receiveBuffer = Int.max
  /// Whether answers leave by the address that was asked, rather than by the one that routing chooses.
  private(set) var answersByAddress = false

  /// What each socket's buffers should hold, in bytes: some 5,000 packets, 30 ms of 2 Gb/s.
  static let wantedBuffer = 8 << 20
  /// How long a worker sleeps at most before it looks whether it shall stop.
  private static let patienceMilliseconds: Int32 = 200

  /// - Parameter shared: whether another process of ours may have the port, and is to keep it.
  /// - Throws: Where no family can be opened, or the one that was asked for.
  init(bind: String?, port: UInt16, count: Int, shared: Bool = false) throws(RelayFailure) {
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
        // A machine without IPv6 is served over IPv4.
        if error == EAFNOSUPPORT || error == EADDRNOTAVAIL, wanted.count > 1, family == relay_ipv6 { break }
        guard error == 0 else {
          throw Self.refusal(address, error)
        }
        if self.port == 0 { self.port = relay_bound_port(opened.descriptor) }
        add(opened, family, at: index)
      }
    }
  }

  /// The addresses to listen on, without a port: all of both families if `bind` names none.
  private static func addresses(_ bind: String?) throws(RelayFailure) -> [(relay_family, Endpoint)] {
    guard let bind, !bind.isEmpty else {
      return [(relay_ipv4, Endpoint(ipv4: 0, port: 0)), (relay_ipv6, Endpoint(ipv6: 0, 0, port: 0))]
    }
    let text = bind.hasPrefix("[") && bind.hasSuffix("]") ? String(bind.dropFirst().dropLast()) : bind
    guard let address = Endpoint(address: text, port: 0) else {
      throw RelayFailure(.invalid, "--bind takes an address such as 192.0.2.1 or 2001:db8::1, not \(bind)")
    }
    return [(address.isIPv4 ? relay_ipv4 : relay_ipv6, address)]
  }

  /// The workers' sockets share the port (SO_REUSEPORT), and so would those of a second relay: each would get half of the
  /// packets. A socket that shares nothing finds out.
  private static func requireFree(_ family: relay_family, _ address: Endpoint, _ port: UInt16) throws(RelayFailure) {
    var address = address
    address.meta = address.meta & ~0xFFFF | UInt64(port)
    var opened = relay_socket()
    let error = relay_open(family, address, 0, false, &opened)
    if error == 0 { close(opened.descriptor) }
    if error == EADDRINUSE { throw refusal(address, error) }
  }

  private static func refusal(_ address: Endpoint, _ error: Int32) -> RelayFailure {
    RelayFailure(
      .system,
      "cannot listen on \(address): \(Files.reason(error))"
        + (error == EADDRINUSE ? "; another program has the port, and --port takes another one" : ""))
  }

  /// Takes over sockets of an earlier process, and opens more where there are more workers.
  init(adopting descriptors: [Int32], bind: String?, port: UInt16, count: Int) throws(RelayFailure) {
    let wanted = try Self.addresses(bind).map(\.1)
    var adopted: [(relay_family, relay_socket)] = []
    var port = port
    for descriptor in descriptors {
      var family = relay_ipv4
      var bound = Endpoint.none
      var socket = relay_socket()
      guard relay_adopt(descriptor, &family, &bound, &socket) == 0, port == 0 || bound.port == port else {
        throw RelayFailure(.invalid, "the running relay has another port, \(bound.port); stop it first")
      }
      var address = bound
      address.meta &= ~0xFFFF
      guard wanted.contains(address) else {
        throw RelayFailure(.invalid, "the running relay listens on \(bound), and --bind says otherwise; stop it first")
      }
      port = bound.port
      adopted.append((family, socket))
    }
    let perFamily = max(
      adopted.filter { $0.0 == relay_ipv4 }.count, adopted.filter { $0.0 == relay_ipv6 }.count)
    self.port = port
    // Every socket must be read: what the kernel hands to a socket that nobody reads is lost.
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
    _ = relay_set_receive_timeout(socket.descriptor, Self.patienceMilliseconds)
    if family == relay_ipv4 { pairs[index].ipv4 = socket.descriptor } else { pairs[index].ipv6 = socket.descriptor }
    receivesCoalesced = receivesCoalesced && socket.gro
    sendsSegmented = sendsSegmented && socket.gso
    receiveBuffer = min(receiveBuffer, Int(socket.receive_buffer))
  }

  /// Lets answers leave by the address that was asked, if the host has several and `bind` names none. With one address,
  /// this would cost time and change nothing.
  ///
  /// - Returns: Whether that is new.
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

  var descriptors: [Int32] { pairs.flatMap { [$0.ipv4, $0.ipv6].compactMap { $0 } } }
}
