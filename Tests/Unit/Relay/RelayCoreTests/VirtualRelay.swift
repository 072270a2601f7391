import CRelayCore

@testable import RelayCore

/// A message that a relay sent.
struct Delivery: Equatable {
  let to: Endpoint
  let bytes: [UInt8]
  var trafficClass: UInt32 = 0
  var type: UInt8 { bytes.first ?? 0 }
}

extension Delivery {
  init(_ transmission: Transmission) {
    self.init(to: transmission.to, bytes: transmission.bytes, trafficClass: transmission.trafficClass)
  }
}

/// A peer's key, and the messages that a holder of it makes. Only what a relay can check is real.
struct Peer {
  let name: String
  let publicKey: [UInt8]
  var group = "acme"
  var accessClass: Int?

  init(_ name: String, _ seed: UInt8, group: String = "acme") {
    self.name = name
    self.group = group
    publicKey = (0..<32).map { seed &* 31 &+ UInt8($0) }
  }

  /// One of many.
  init(_ name: String, number: Int, group: String = "acme") {
    self.name = name
    self.group = group
    publicKey = BLAKE2s.hash(Array("\(name) \(number)".utf8))
  }

  var allowed: AllowedKey {
    AllowedKey(name: name, fingerprint: name, publicKey: publicKey, group: group, accessClass: accessClass)
  }

  /// The same peer in a class of its group's access matrix.
  func inClass(_ accessClass: Int?) -> Peer {
    var peer = self
    peer.accessClass = accessClass
    return peer
  }

  /// A handshake message for this peer.
  func sealed(_ body: [UInt8], cookie: [UInt8]? = nil) -> [UInt8] {
    let key = BLAKE2s.hash(Array(WireGuard.labelMAC1.utf8) + publicKey)
    let first = body + BLAKE2s.mac(body, key: key)
    return first + (cookie.map { BLAKE2s.mac(first, key: $0) } ?? [UInt8](repeating: 0, count: 16))
  }

  func initiation(sender: UInt32, cookie: [UInt8]? = nil) -> [UInt8] {
    sealed(
      little(1) + little(sender) + [UInt8](repeating: UInt8(truncatingIfNeeded: sender), count: 108), cookie: cookie)
  }

  func response(sender: UInt32, receiver: UInt32) -> [UInt8] {
    sealed(little(2) + little(sender) + little(receiver) + [UInt8](repeating: 7, count: 48))
  }
}

func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

func transport(_ receiver: UInt32, counter: UInt64, bytes: Int = 32) -> [UInt8] {
  little(4) + little(receiver) + (0..<8).map { UInt8(truncatingIfNeeded: counter >> (UInt64($0) * 8)) }
    + [UInt8](repeating: 9, count: bytes - 16)
}

func address(_ last: UInt8, port: UInt16 = 51_820) -> Endpoint {
  Endpoint(ipv4: 0xC000_0200 | UInt32(last), port: port)
}

/// The relay's core on a clock that a test turns: messages go in, messages come out, nothing else.
final class VirtualRelay {
  var machine: RelayMachine
  var path: DataPath
  let switches = DataPathSwitches()
  let counters = CounterBlock()
  let ring = EventRing(capacity: 64)
  let meters = Meters(capacity: 16)
  var now = Instant(seconds: 1_000)

  init(
    keys: [Peer], access: [String: AccessMatrix] = [:], limits: RelayLimits = RelayLimits(), isOpen: Bool = false
  ) {
    var random = SystemRandomNumberGenerator()
    let table = SessionTable(capacity: limits.sessions, secret: (random.next(), random.next()))
    machine = RelayMachine(limits: limits, table: table, counters: counters, isOpen: isOpen, at: now) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255) }
    }
    path = DataPath(table: table, switches: switches, meters: meters, counters: counters, events: ring, batch: 4)
    machine.replaceKeys(keys.map(\.allowed), access: access, at: now)
  }

  /// Lets time pass.
  ///
  /// - Returns: What the relay sends of its own accord.
  @discardableResult
  func pass(milliseconds: UInt64) -> [Delivery] {
    now = now.advanced(milliseconds: milliseconds)
    machine.endWaiting(at: now)
    return takeOutbox()
  }

  /// Lets time pass, second by second as the control loop does.
  ///
  /// - Returns: What the relay sends of its own accord.
  @discardableResult
  func pass(seconds: UInt64) -> [Delivery] {
    for _ in 0..<seconds {
      now = now.advanced(seconds: 1)
      machine.advance(to: now)
    }
    return takeOutbox()
  }

  private func takeOutbox() -> [Delivery] {
    defer { machine.outbox = [] }
    return machine.outbox.map { Delivery($0) }
  }

  /// What comes of a datagram.
  @discardableResult
  func receive(_ bytes: [UInt8], from source: Endpoint, trafficClass: UInt32 = 0) -> [Delivery] {
    receive([bytes], from: source, trafficClass: trafficClass)
  }

  /// What comes of datagrams of one size, which the kernel put together.
  @discardableResult
  func receive(_ datagrams: [[UInt8]], from source: Endpoint, trafficClass: UInt32 = 0) -> [Delivery] {
    let all = datagrams.flatMap { $0 }
    var deliveries: [Delivery] = []
    all.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var message = relay_received(
        source: source, data: base, length: UInt32(all.count), segment: UInt32(datagrams.first?.count ?? 0),
        traffic_class: trafficClass)
      _ = path.process(&message, count: 1, at: now.nanoseconds)
      deliveries = messages(of: path.toIPv4) + messages(of: path.toIPv6)
    }
    while let event = ring.pop() { machine.receive(event) }
    return deliveries + takeOutbox()
  }

  private func messages(of batch: borrowing OutgoingBatch) -> [Delivery] {
    var deliveries: [Delivery] = []
    for number in 0..<batch.messageCount {
      let message = batch.messages[number]
      var bytes: [UInt8] = []
      for piece in 0..<Int(message.piece_count) {
        let piece = batch.pieces[Int(message.first_piece) + piece]
        bytes += UnsafeBufferPointer(start: piece.data, count: piece.length)
      }
      var offset = 0
      while offset < bytes.count {
        let end = min(bytes.count, offset + Int(message.segment))
        deliveries.append(
          Delivery(to: message.to, bytes: Array(bytes[offset..<end]), trafficClass: message.traffic_class))
        offset = end
      }
    }
    return deliveries
  }

  /// The cookie that the relay has for an address.
  func cookie(for source: Endpoint) -> [UInt8] { BLAKE2s.mac(source.bytes, key: machine.cookies.current) }

  func dropped(_ reason: DropReason) -> UInt64 { counters[reason] }

  /// Makes an address known, as a peer does whose first message is answered with a cookie.
  func introduce(_ source: Endpoint, asking peer: Peer, sender: UInt32) -> [Delivery] {
    receive(peer.initiation(sender: sender), from: source)
    return receive(peer.initiation(sender: sender, cookie: cookie(for: source)), from: source)
  }

  /// A session of `a` at one address with `b` at another, both known already, with its first data.
  func connect(
    _ a: Peer, _ atA: Endpoint, index first: UInt32, _ b: Peer, _ atB: Endpoint, index second: UInt32
  ) {
    receive(b.initiation(sender: first), from: atA)
    receive(a.response(sender: second, receiver: first), from: atB)
    receive(transport(second, counter: 0), from: atA)
  }
}
