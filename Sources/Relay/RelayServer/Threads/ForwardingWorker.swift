import CRelayCore
import CRelaySockets
import Glibc
import RelayCore

/// A thread that receives on one socket and forwards, in batches. It allocates nothing while it runs.
///
/// `@unchecked Sendable`: only its own thread uses its state, except for the atomic mode and errors.
final class ForwardingWorker: @unchecked Sendable {
  /// Messages per receive call, at most.
  private static let batch = 64

  /// Counters of this worker.
  let counters = CounterBlock()
  /// Events for the control thread.
  let events = EventRing()
  private var path: DataPath
  private let processor: Int
  private let receiving: Int32
  private let sending: SocketPair
  private let doorbell: Doorbell
  private let receiver: OpaquePointer
  private let sender: OpaquePointer
  private let received: UnsafeMutablePointer<relay_received>
  private var refusals = SegmentationRefusals()
  /// The mode and, on another cache line 64 bytes further, the errors that the control thread checks.
  private let mode: UnsafeMutablePointer<UInt32>
  private var receiveError: UnsafeMutablePointer<UInt32> { mode + 16 }
  private var sendError: UnsafeMutablePointer<UInt32> { mode + 17 }
  private static let words = 32
  /// Receive failures in a row without a rest: pending errors of a socket come one by one.
  private static let toleratedFailures = 100
  private static let minRestMicroseconds: UInt32 = 1_562
  /// Doublings of the rest, up to 200 ms: a stopping thread has to notice within that time.
  private static let doublings = 7

  private enum Mode {
    static let running: UInt32 = 0
    static let stopping: UInt32 = 1
    static let paused: UInt32 = 2
  }

  /// Creates a paused worker.
  ///
  /// - Parameters:
  ///   - processor: Index of the processor to pin to, among those available.
  ///   - receiving: Socket to read.
  ///   - sending: Sockets to send from.
  ///   - table: Session table.
  ///   - switches: Settings of the data path.
  ///   - meters: Bandwidth and packet caps.
  ///   - doorbell: Wakes the control thread for new events.
  init(
    processor: Int, receiving: Int32, sending: SocketPair, table: SessionTable, switches: DataPathSwitches,
    meters: Meters, doorbell: Doorbell
  ) {
    self.processor = processor
    self.receiving = receiving
    self.sending = sending
    self.doorbell = doorbell
    path = DataPath(
      table: table, switches: switches, meters: meters, counters: counters, events: events, batch: Self.batch)
    receiver = relay_receiver_create(UInt32(Self.batch))
    sender = relay_sender_create(1_024)
    received = .allocate(capacity: Self.batch)
    mode = .allocate(capacity: Self.words)
    mode.initialize(repeating: 0, count: Self.words)
    mode.pointee = Mode.paused
  }

  deinit {
    relay_receiver_destroy(receiver)
    relay_sender_destroy(sender)
    received.deallocate()
    mode.deallocate()
  }

  /// Ends `run()` after the current batch, or within the socket's receive timeout.
  func stop() { relay_store_release_32(mode, Mode.stopping) }
  /// Leaves packets in the socket after the current batch until `resume()`. A new worker is paused.
  func pause() { relay_store_release_32(mode, Mode.paused) }
  /// Starts or resumes forwarding.
  func resume() { relay_store_release_32(mode, Mode.running) }

  /// Forwards packets until `stop()`.
  ///
  /// - Parameter pinned: Whether to stay on one processor.
  func run(pinned: Bool) {
    if pinned { _ = relay_pin_thread(UInt32(processor)) }
    var overflow: UInt32 = 0
    var counted: UInt32 = 0
    var failures = 0
    while true {
      switch relay_load_acquire_32(mode) {
      case Mode.running: break
      case Mode.stopping: return
      default:
        usleep(2_000)
        continue
      }
      let count = relay_receive(receiver, receiving, received, &overflow)
      guard count > 0 else {
        switch -count {
        case EINTR: break
        // The timeout passed without a packet, which is not a failure.
        case EAGAIN: failures = noteSuccess(after: failures)
        default: failures = restAfterFailure(-count, failures)
        }
        continue
      }
      if failures > 0 { failures = noteSuccess(after: failures) }
      if overflow != counted {
        counters.add(.queueOverflow, UInt64(overflow &- counted))
        counted = overflow
      }
      let now = relay_clock()
      if path.process(received, count: Int(count), at: now) { doorbell.ring() }
      if path.toIPv4.messageCount > 0 { flush(relay_ipv4, now) }
      if path.toIPv6.messageCount > 0 { flush(relay_ipv6, now) }
    }
  }

  /// Records a failure.
  ///
  /// A call that keeps failing must not keep a processor busy, so each rest is twice as long as the one before.
  ///
  /// - Returns: Failures in a row, including this one.
  private func restAfterFailure(_ error: Int32, _ failures: Int) -> Int {
    counters.add(.receiveFailures)
    // A pending error of the socket, such as an unreachable port, is consumed by one call and needs no rest.
    guard failures >= Self.toleratedFailures else { return failures + 1 }
    relay_store_relaxed_32(receiveError, UInt32(bitPattern: error))
    let doublings = min(failures - Self.toleratedFailures, Self.doublings)
    usleep(Self.minRestMicroseconds << UInt32(doublings))
    return failures + 1
  }

  /// Clears a reported failure.
  ///
  /// - Returns: The new number of failures in a row, 0.
  private func noteSuccess(after failures: Int) -> Int {
    if failures > Self.toleratedFailures { relay_store_relaxed_32(receiveError, 0) }
    return 0
  }

  /// Errno of receive calls that keep failing; 0 if receiving works.
  var receiveFailure: Int32 { Int32(bitPattern: relay_load_relaxed_32(receiveError)) }

  /// Returns and clears the errno of a recently failed send call; 0 if there was none.
  func takeSendError() -> Int32 {
    let error = relay_load_relaxed_32(sendError)
    if error != 0 { relay_store_relaxed_32(sendError, 0) }
    return Int32(bitPattern: error)
  }

  private func flush(_ family: relay_family, _ now: UInt64) {
    let isIPv4 = family == relay_ipv4
    let messages = isIPv4 ? path.toIPv4.messages : path.toIPv6.messages
    let pieces = isIPv4 ? path.toIPv4.pieces : path.toIPv6.pieces
    let count = isIPv4 ? path.toIPv4.messageCount : path.toIPv6.messageCount
    guard let socket = isIPv4 ? sending.ipv4 : sending.ipv6 else {
      for number in 0..<count { counters.drop(.sendFailed, UInt64(messages[number].datagrams)) }
      return
    }
    var next = 0
    while next < count {
      if refusals.count > 0, messages[next].datagrams > 1, refusals.contains(messages[next].to, at: now) {
        sendSingly(messages[next], pieces, socket, family)
        next += 1
        continue
      }
      // While any path refuses segmentation, send messages individually, so that each is checked.
      let run = refusals.count > 0 ? 1 : count - next
      let sent = relay_send(sender, socket, family, messages + next, pieces, UInt32(run))
      counters.add(.sendCalls)
      if sent > 0 {
        account(messages + next, Int(sent))
        next += Int(sent)
        continue
      }
      let message = messages[next]
      switch (-sent, message.datagrams > 1) {
      case (EINTR, _): continue
      case (EINVAL, false):
        // The source address may no longer belong to this host.
        sendSingly(message, pieces, socket, family)
      case (EIO, true), (EINVAL, true), (EMSGSIZE, true):
        refusals.add(message.to, at: now)
        counters.add(.segmentationFallbacks)
        sendSingly(message, pieces, socket, family)
      case (EAGAIN, _), (ENOBUFS, _): counters.drop(.sendBufferFull, UInt64(message.datagrams))
      default:
        relay_store_relaxed_32(sendError, UInt32(bitPattern: -sent))
        counters.drop(.sendFailed, UInt64(message.datagrams))
      }
      next += 1
    }
  }

  @inline(__always)
  private func account(_ messages: UnsafeMutablePointer<relay_outgoing>, _ count: Int) {
    var packets: UInt64 = 0
    var bytes: UInt64 = 0
    var segmented: UInt64 = 0
    for number in 0..<count {
      let datagrams = UInt64(messages[number].datagrams)
      packets &+= datagrams
      bytes &+= UInt64(messages[number].length)
      if datagrams > 1 { segmented &+= datagrams }
    }
    counters.add(.sentMessages, UInt64(truncatingIfNeeded: count))
    counters.add(.forwardedPackets, packets)
    counters.add(.forwardedBytes, bytes)
    counters.add(.segmentedPackets, segmented)
  }

  /// Sends the datagrams of a message individually.
  private func sendSingly(
    _ message: relay_outgoing, _ pieces: UnsafeMutablePointer<relay_piece>, _ socket: Int32, _ family: relay_family
  ) {
    for number in 0..<Int(message.piece_count) {
      let piece = pieces[Int(message.first_piece) + number]
      var offset = 0
      while offset < piece.length {
        let length = min(Int(message.segment), piece.length - offset)
        let error = relay_send_one(
          socket, family, message.to, piece.data + offset, length, message.traffic_class)
        counters.add(.sendCalls)
        switch error {
        case 0:
          counters.add(.sentMessages)
          counters.add(.forwardedPackets)
          counters.add(.forwardedBytes, UInt64(length))
        case EAGAIN, ENOBUFS: counters.drop(.sendBufferFull)
        default:
          relay_store_relaxed_32(sendError, UInt32(bitPattern: error))
          counters.drop(.sendFailed)
        }
        offset += length
      }
    }
  }
}
