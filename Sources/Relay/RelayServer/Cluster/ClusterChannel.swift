import CRelayCore
import CRelaySockets
import Glibc
import RelayCore
import Synchronization

/// The socket on which the members of a cluster talk to each other. A thread receives; the control thread sends.
///
/// `@unchecked Sendable`: the receiver and its buffer belong to the receiving thread, and the queue has a lock.
final class ClusterChannel: @unchecked Sendable {
  /// A received datagram.
  struct Datagram: Sendable {
    let source: Endpoint
    let bytes: [UInt8]
  }

  /// Datagrams that wait for the control thread, at most. More are dropped, as a full socket would.
  private static let capacity = 8_192
  /// Those of them from endpoints that are not known to be members. A flood of strangers does not displace members.
  private static let strangersCapacity = 256
  private static let batch = 64
  private static let bufferBytes: Int32 = 4 << 20

  private let descriptor: Int32
  private let family: relay_family
  private let doorbell: Doorbell
  private let receiver: OpaquePointer
  private let received: UnsafeMutablePointer<relay_received>
  private let queue = Mutex(Queue())

  /// What waits for the control thread.
  private struct Queue {
    var datagrams: [Datagram] = []
    /// Endpoints that are known to be members'.
    var known: Set<Endpoint> = []
    /// Datagrams of others that wait.
    var strangers = 0
    /// Datagrams that were dropped since the last call of `take`.
    var dropped = 0

    mutating func add(_ datagram: Datagram) {
      let isKnown = known.contains(datagram.source)
      guard datagrams.count < ClusterChannel.capacity, isKnown || strangers < ClusterChannel.strangersCapacity else {
        dropped += 1
        return
      }
      if !isKnown { strangers += 1 }
      datagrams.append(datagram)
    }
  }

  /// Opens the socket.
  ///
  /// - Throws: `RelayServerError` if the address cannot be used.
  init(_ control: Endpoint, doorbell: Doorbell) throws(RelayServerError) {
    family = control.isIPv4 ? relay_ipv4 : relay_ipv6
    var opened = relay_socket()
    // A successor opens it while this process still runs.
    let error = relay_open(family, control, Self.bufferBytes, true, &opened)
    guard error == 0 else {
      throw RelayServerError(.system, "cannot listen on \(control) for the cluster: \(Files.reason(error))")
    }
    descriptor = opened.descriptor
    self.doorbell = doorbell
    receiver = relay_receiver_create(UInt32(Self.batch))
    received = .allocate(capacity: Self.batch)
  }

  deinit {
    close(descriptor)
    relay_receiver_destroy(receiver)
    received.deallocate()
  }

  /// Starts receiving.
  ///
  /// - Throws: `RelayServerError` if the thread cannot be started.
  func start() throws(RelayServerError) {
    try startThread("cluster") { self.run() }
  }

  /// Whether datagrams wait.
  var hasDatagrams: Bool { queue.withLock { !$0.datagrams.isEmpty } }

  /// Returns the datagrams that wait, and how many were dropped, and forgets both.
  func take() -> (datagrams: [Datagram], dropped: Int) {
    queue.withLock { queue in
      defer {
        queue.datagrams = []
        queue.strangers = 0
        queue.dropped = 0
      }
      return (queue.datagrams, queue.dropped)
    }
  }

  /// Sets the endpoints whose messages have precedence.
  func setKnown(_ endpoints: Set<Endpoint>) { queue.withLock { $0.known = endpoints } }

  /// Sends a datagram.
  ///
  /// - Returns: 0 or an errno.
  func send(_ bytes: [UInt8], to endpoint: Endpoint) -> Int32 {
    guard endpoint.isIPv4 == (family == relay_ipv4) else { return EAFNOSUPPORT }
    return relay_send_one(descriptor, family, endpoint, bytes, bytes.count, 0)
  }

  private func run() {
    var overflow: UInt32 = 0
    while true {
      let count = relay_receive(receiver, descriptor, received, &overflow)
      guard count > 0 else {
        // A call that keeps failing must not keep a processor busy.
        if count != -EAGAIN, count != -EINTR { usleep(10_000) }
        continue
      }
      var datagrams: [Datagram] = []
      for number in 0..<Int(count) {
        let message = received[number]
        var offset = 0
        while offset < Int(message.length) {
          let end = min(Int(message.length), offset + max(1, Int(message.segment)))
          let bytes = Array(UnsafeBufferPointer(start: message.data + offset, count: end - offset))
          datagrams.append(Datagram(source: message.source, bytes: bytes))
          offset = end
        }
      }
      queue.withLock { queue in
        for datagram in datagrams { queue.add(datagram) }
      }
      doorbell.ring()
    }
  }
}
