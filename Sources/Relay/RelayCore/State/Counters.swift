import CRelayCore

/// Counters of a worker besides drops. This list is the source of truth for metrics and documentation.
package enum Counter: Int, Sendable, CaseIterable {
  case receivedPackets
  case receivedBytes
  case forwardedPackets
  case forwardedBytes
  case movedPackets
  case receiveCalls
  case receivedMessages
  case coalescedPackets
  case sendCalls
  case sentMessages
  case segmentedPackets
  case segmentationFallbacks
  case queueOverflow
  case lostEvents
  case receiveFailures

  /// Name of the metric without prefix and `_total`.
  package var label: String {
    switch self {
    case .receivedPackets: "received_packets"
    case .receivedBytes: "received_bytes"
    case .forwardedPackets: "forwarded_packets"
    case .forwardedBytes: "forwarded_bytes"
    case .movedPackets: "roaming_packets"
    case .receiveCalls: "receive_calls"
    case .receivedMessages: "received_messages"
    case .coalescedPackets: "gro_packets"
    case .sendCalls: "send_calls"
    case .sentMessages: "sent_messages"
    case .segmentedPackets: "gso_packets"
    case .segmentationFallbacks: "gso_fallbacks"
    case .queueOverflow: "receive_queue_overflow"
    case .lostEvents: "lost_events"
    case .receiveFailures: "receive_failures"
    }
  }

  /// Help text of the metric.
  package var explanation: String {
    switch self {
    case .receivedPackets: "Datagrams received."
    case .receivedBytes: "Bytes of UDP payload received."
    case .forwardedPackets: "Datagrams handed to the kernel for another peer."
    case .forwardedBytes: "Bytes of UDP payload forwarded."
    case .movedPackets: "Datagrams forwarded from an address that is not the session's yet."
    case .receiveCalls: "Calls of recvmmsg that returned something."
    case .receivedMessages: "Messages that they returned; a message holds one datagram or several (GRO)."
    case .coalescedPackets: "Datagrams that came in messages of several (UDP_GRO)."
    case .sendCalls: "Calls of sendmmsg."
    case .sentMessages: "Messages that they took."
    case .segmentedPackets: "Datagrams that left in messages of several (UDP_SEGMENT)."
    case .segmentationFallbacks: "Messages sent again datagram by datagram, because the path refused UDP_SEGMENT."
    case .queueOverflow: "Datagrams that the kernel dropped because the socket's receive queue was full."
    case .lostEvents: "Notes from the data path that the slow path had no room for."
    case .receiveFailures: "Calls of recvmmsg that the system refused."
    }
  }
}

/// Counters of one worker, which alone adds to them; any thread may read.
///
/// `@unchecked Sendable`: every access is atomic, and only one thread writes.
package final class CounterBlock: @unchecked Sendable {
  /// Upper bounds of the batch occupancy histogram, in messages.
  package static let occupancyBounds: [UInt64] = [1, 2, 4, 8, 16, 32, 64]

  private let words: UnsafeMutablePointer<UInt64>
  private static let dropBase = Counter.allCases.count
  private static let occupancyBase = dropBase + DropReason.allCases.count
  private static let count = (occupancyBase + occupancyBounds.count + 7) / 8 * 8
  private let memory: UnsafeMutableRawPointer

  /// Creates counters with value 0.
  package init() {
    memory = relay_map(Self.count * 8)
    words = memory.assumingMemoryBound(to: UInt64.self)
  }

  deinit { relay_unmap(memory, Self.count * 8) }

  @inline(__always)
  private func add(_ amount: UInt64, at index: Int) {
    relay_store_relaxed_64(words + index, relay_load_relaxed_64(words + index) &+ amount)
  }

  /// Adds to a counter.
  @inline(__always)
  package func add(_ counter: Counter, _ amount: UInt64 = 1) { add(amount, at: counter.rawValue) }

  /// Counts dropped packets.
  @inline(__always)
  package func drop(_ reason: DropReason, _ amount: UInt64 = 1) { add(amount, at: Self.dropBase + reason.rawValue) }

  /// Counts a batch of `messages` in the occupancy histogram.
  @inline(__always)
  package func occupancy(_ messages: Int) {
    let bucket = messages <= 1 ? 0 : Int.bitWidth - (messages - 1).leadingZeroBitCount
    add(1, at: Self.occupancyBase + min(bucket, 6))
  }

  /// Value of a counter.
  package subscript(counter: Counter) -> UInt64 { relay_load_relaxed_64(words + counter.rawValue) }
  /// Number of packets dropped for a reason.
  package subscript(reason: DropReason) -> UInt64 { relay_load_relaxed_64(words + Self.dropBase + reason.rawValue) }
  /// Returns the number of batches with at most `occupancyBounds[index]` messages and more than the previous bound.
  package func occupancy(bucket index: Int) -> UInt64 { relay_load_relaxed_64(words + Self.occupancyBase + index) }
}
