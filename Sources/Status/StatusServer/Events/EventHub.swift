import FairShares
import KeyBundles
import NIOCore
package import StatusModel
import TextFormats

/// Publishes change events to pages as server-sent events.
///
/// Viewers of one scope share a channel with its own sequence, so that event ids reveal nothing about what others see.
///
/// Streams and channels are bounded and shared fairly among organizations and their users: the user with the most
/// streams makes room for those with fewer.
package actor EventHub {
  /// Limits of the hub.
  package struct Options: Sendable {
    /// Most streams in total.
    package var streams = 2_000
    /// Most streams of one viewer.
    package var streamsOfViewer = 64
    /// Events queued for a slow client before it is disconnected.
    package var queue = 32
    /// Events that a channel keeps for reconnecting clients.
    package var memory = 256
    /// Seconds for which a channel without clients keeps its events.
    package var timeout = 300.0
    /// Most channels without clients that keep their events.
    package var emptyChannels = 500
    /// Seconds between heartbeats.
    package var heartbeat = 15.0

    /// Creates the default limits.
    package init() {}
  }

  /// Most items named in one event.
  private static let maxItems = 64

  private struct Channel {
    let name = String(RandomToken.base64URL().prefix(12))
    var last = 0
    var memory: [(number: Int, bytes: ByteBuffer)] = []
    var subscribers: [Int: Subscriber] = [:]
    var emptySince: ContinuousClock.Instant?
  }

  private struct Subscriber {
    let continuation: AsyncStream<ByteBuffer>.Continuation
    /// Returns the viewer's scope in a snapshot; nil once access is lost.
    let scope: @Sendable (StatusSnapshot) async -> Scope?
  }

  private let options: Options
  private var channels: [Scope: Channel] = [:]
  /// Scope of each stream by its number.
  private var shares: FairTable<Int, Scope>
  private var nextSubscriber = 0
  private var dropped = 0
  private var lastHeartbeat = ContinuousClock.now
  private var isClosed = false

  /// Creates a hub without streams.
  package init(options: Options = Options()) {
    self.options = options
    shares = FairTable(capacity: options.streams, maxShare: options.streamsOfViewer)
  }

  /// Number of open streams.
  package var streams: Int { shares.count }
  /// Number of slow clients disconnected since the start.
  package var droppedClients: Int { dropped }

  /// Opens a stream.
  ///
  /// - Parameters:
  ///   - scope: permissions of the viewer.
  ///   - viewer: share to which the stream counts.
  ///   - lastEvent: id of the last event received; nil to start from now.
  ///   - current: returns the viewer's scope in a later snapshot; nil once access is lost.
  /// - Returns: Nil if the viewer has too many streams or the hub is closed.
  func subscribe(
    _ scope: Scope, of viewer: FairSource, after lastEvent: String?,
    current: @escaping @Sendable (StatusSnapshot) async -> Scope?
  ) -> AsyncStream<ByteBuffer>? {
    guard !isClosed, shares.share(of: viewer) < options.streamsOfViewer else { return nil }
    let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream(bufferingPolicy: .bufferingOldest(options.queue))
    let number = nextSubscriber
    nextSubscriber += 1
    for (other, scope) in shares.insert(number, scope, of: viewer) { end(other, scope, reason: "crowded") }
    continuation.onTermination = { _ in Task { await self.leave(number, scope) } }
    var channel = channels[scope] ?? Channel()
    var first = ByteBuffer(string: "retry: 3000\n")
    if let lastEvent {
      let missed = Self.missed(lastEvent, channel)
      first.writeString(missed == nil ? "event: reset\ndata: {}\n" : ": welcome back\n")
      first.writeString(
        "id: \(channel.name)-\(missed == nil ? channel.last : Self.number(lastEvent, channel) ?? channel.last)\n\n")
      for event in missed ?? [] { first.writeImmutableBuffer(event) }
    } else {
      first.writeString("id: \(channel.name)-\(channel.last)\n\n")
    }
    continuation.yield(first)
    channel.subscribers[number] = Subscriber(continuation: continuation, scope: current)
    channel.emptySince = nil
    channels[scope] = channel
    return stream
  }

  /// Returns the events after an id; nil if they are no longer kept.
  private static func missed(_ lastEvent: String, _ channel: Channel) -> [ByteBuffer]? {
    guard let number = number(lastEvent, channel), number >= 0, number <= channel.last else { return nil }
    let later = channel.memory.filter { $0.number > number }
    return later.count == channel.last - number ? later.map(\.bytes) : nil
  }

  private static func number(_ id: String, _ channel: Channel) -> Int? {
    guard id.hasPrefix(channel.name + "-") else { return nil }
    return Int(id.dropFirst(channel.name.count + 1))
  }

  private func leave(_ number: Int, _ scope: Scope) {
    shares.remove(number)
    guard channels[scope]?.subscribers.removeValue(forKey: number) != nil else { return }
    if channels[scope]?.subscribers.isEmpty == true { channels[scope]?.emptySince = .now }
    let empty = channels.filter { $0.value.emptySince != nil }
    guard empty.count > options.emptyChannels else { return }
    channels[empty.min { ($0.value.emptySince ?? .now) < ($1.value.emptySince ?? .now) }?.key ?? scope] = nil
  }

  private func end(_ number: Int, _ scope: Scope, reason: String) {
    guard let subscriber = channels[scope]?.subscribers[number] else { return }
    if reason == "slow" { dropped += 1 }
    subscriber.continuation.yield(Self.event("end", ["reason": .string(reason)], id: nil))
    subscriber.continuation.finish()
    leave(number, scope)
  }

  // MARK: - Publishing

  /// Sends each channel the changes that are visible within its scope.
  package func publish(_ changes: Set<StatusChange>, _ snapshot: StatusSnapshot) async {
    if changes.contains(where: { $0.topic == .me }) { await checkRights(snapshot) }
    for scope in channels.keys {
      let seen = changes.filter { $0.isSeen(by: scope) }
      let topics = Dictionary(grouping: seen, by: \.topic)
      for topic in StatusChange.Topic.allCases {
        guard let changes = topics[topic] else { continue }
        send(topic, changes, to: scope)
      }
    }
  }

  private func send(_ topic: StatusChange.Topic, _ changes: [StatusChange], to scope: Scope) {
    let items = Set(changes.compactMap(\.item)).sorted()
    let isComplete = items.count <= Self.maxItems && changes.allSatisfy { $0.item != nil }
    let data: JSON = [
      "topic": .string(topic.rawValue), "items": .array(items.prefix(Self.maxItems).map { .string($0) }),
      "complete": .bool(isComplete),
    ]
    guard var channel = channels[scope] else { return }
    channel.last += 1
    let bytes = Self.event("change", data, id: "\(channel.name)-\(channel.last)")
    channel.memory.append((channel.last, bytes))
    if channel.memory.count > options.memory { channel.memory.removeFirst(channel.memory.count - options.memory) }
    channels[scope] = channel
    deliver(bytes, to: scope)
  }

  private func deliver(_ bytes: ByteBuffer, to scope: Scope) {
    for (number, subscriber) in channels[scope]?.subscribers ?? [:] {
      if case .dropped = subscriber.continuation.yield(bytes) { end(number, scope, reason: "slow") }
    }
  }

  private static func event(_ name: String, _ data: JSON, id: String?) -> ByteBuffer {
    ByteBuffer(string: (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(data.text())\n\n")
  }

  /// Ends the streams of viewers whose permissions have changed.
  func checkRights(_ snapshot: StatusSnapshot) async {
    for (scope, channel) in channels {
      for (number, subscriber) in channel.subscribers where await subscriber.scope(snapshot) != scope {
        end(number, scope, reason: "rights-changed")
      }
    }
  }

  /// Sends heartbeats, ends streams whose login has expired and drops abandoned channels. Call it every second.
  package func tick(_ snapshot: StatusSnapshot) async {
    let now = ContinuousClock.now
    for (scope, channel) in channels {
      if let since = channel.emptySince, now - since > .seconds(options.timeout) { channels[scope] = nil }
    }
    guard now - lastHeartbeat >= .seconds(options.heartbeat) else { return }
    lastHeartbeat = now
    await checkRights(snapshot)
    for scope in channels.keys { deliver(ByteBuffer(string: ": alive\n\n"), to: scope) }
  }

  /// Ends all streams and refuses new ones.
  package func close() {
    isClosed = true
    for (scope, channel) in channels {
      for number in channel.subscribers.keys { end(number, scope, reason: "shutdown") }
    }
  }
}
