package import CRelayCore

/// Messages to send, assembled from the datagrams of one received batch.
///
/// Datagrams of equal size for one destination become one message (`UDP_SEGMENT`), in order of arrival; a shorter one
/// may end it. Pieces point into the receive buffers: nothing is copied.
///
/// `@unchecked Sendable`: it belongs to one worker and is handed over once, before the worker's thread starts.
package struct OutgoingBatch: ~Copyable, @unchecked Sendable {
  /// Datagrams per message, at most: the kernel's `UDP_MAX_SEGMENTS` before Linux 6.9.
  private static let datagramsPerMessage: UInt32 = 64
  /// Bytes per message, at most: what a 16-bit IP length leaves for UDP payload.
  private static let bytesPerMessage: UInt32 = 65_000
  private static let recentPlaces = 64

  /// Pieces in order of arrival; `next` holds the number of the following piece of the same message, or -1.
  private let arrived: UnsafeMutablePointer<relay_piece>
  private let next: UnsafeMutablePointer<Int32>
  /// First and last piece of each message.
  private let ends: UnsafeMutablePointer<(first: Int32, last: Int32)>
  /// Message in which a destination was last seen, indexed by a hash of the destination; -1 if none.
  private let recent: UnsafeMutablePointer<Int32>
  private var arrivedCount: Int32 = 0

  /// The assembled messages; the first `messageCount` are valid.
  package let messages: UnsafeMutablePointer<relay_outgoing>
  /// Number of messages.
  package private(set) var messageCount = 0
  /// Pieces grouped by message; valid after `close()`.
  package let pieces: UnsafeMutablePointer<relay_piece>
  private let capacity: Int

  /// - Parameter capacity: Datagrams per batch, at most.
  init(capacity: Int) {
    self.capacity = capacity
    arrived = .allocate(capacity: capacity)
    next = .allocate(capacity: capacity)
    ends = .allocate(capacity: capacity)
    messages = .allocate(capacity: capacity)
    pieces = .allocate(capacity: capacity)
    recent = .allocate(capacity: Self.recentPlaces)
    recent.initialize(repeating: -1, count: Self.recentPlaces)
  }

  deinit {
    arrived.deallocate()
    next.deallocate()
    ends.deallocate()
    messages.deallocate()
    pieces.deallocate()
    recent.deallocate()
  }

  @inline(__always)
  private static func place(_ to: Endpoint) -> Int {
    Int(truncatingIfNeeded: ((to.low ^ (to.high >> 7) ^ (to.meta << 3)) &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }

  /// Adds a datagram.
  ///
  /// - Returns: Whether it was added; false if the batch is full.
  @inline(__always)
  mutating func append(
    _ data: UnsafePointer<UInt8>, _ length: UInt32, to: Endpoint, trafficClass: UInt32 = 0, coalescing: Bool
  ) -> Bool {
    guard Int(arrivedCount) < capacity else { return false }
    let place = Self.place(to)
    let number = recent[place]
    if coalescing, number >= 0 {
      let message = messages + Int(number)
      // A message is complete once a shorter datagram ended it: its length is then no longer a multiple of the
      // segment's.
      if message.pointee.to == to, message.pointee.traffic_class == trafficClass, length <= message.pointee.segment,
        message.pointee.length == message.pointee.segment &* message.pointee.datagrams,
        message.pointee.datagrams < Self.datagramsPerMessage,
        message.pointee.length &+ length <= Self.bytesPerMessage
      {
        message.pointee.length &+= length
        message.pointee.datagrams &+= 1
        let last = Int(ends[Int(number)].last)
        if arrived[last].data + arrived[last].length == data {
          arrived[last].length += Int(length)
        } else {
          next[last] = arrivedCount
          ends[Int(number)].last = arrivedCount
          message.pointee.piece_count &+= 1
          addPiece(data, length)
        }
        return true
      }
    }
    recent[place] = Int32(truncatingIfNeeded: messageCount)
    messages[messageCount] = relay_outgoing(
      to: to, first_piece: 0, piece_count: 1, segment: length, datagrams: 1, length: length,
      traffic_class: trafficClass)
    ends[messageCount] = (arrivedCount, arrivedCount)
    messageCount += 1
    addPiece(data, length)
    return true
  }

  @inline(__always)
  private mutating func addPiece(_ data: UnsafePointer<UInt8>, _ length: UInt32) {
    arrived[Int(arrivedCount)] = relay_piece(data: data, length: Int(length))
    next[Int(arrivedCount)] = -1
    arrivedCount += 1
  }

  /// Groups the pieces by message.
  mutating func close() {
    var filled = 0
    for number in 0..<messageCount {
      messages[number].first_piece = UInt32(truncatingIfNeeded: filled)
      var piece = ends[number].first
      while piece >= 0 {
        pieces[filled] = arrived[Int(piece)]
        filled += 1
        piece = next[Int(piece)]
      }
      recent[Self.place(messages[number].to)] = -1
    }
  }

  /// Removes all messages.
  package mutating func clear() {
    messageCount = 0
    arrivedCount = 0
  }
}
