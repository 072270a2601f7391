/// What was seen of a relay at one moment: from its runtime, and from itself.
package struct RelayObservation: Sendable, Equatable {
  package enum Condition: String, Sendable, CaseIterable {
    case running
    /// On its way to run.
    case starting
    /// Declared to be off, and off.
    case stopped
    /// Declared to run, and does not get there.
    case failed
    /// Its runtime cannot be asked: nothing is known.
    case unreachable
  }

  package let relay: RelayID
  /// Seconds since 1970.
  package let time: Double
  package var condition: Condition
  /// The condition in words, such as `2 of 2 pods are ready`.
  package var detail: String
  /// Where peers reach it, as `host:port`, where that is known.
  package var endpoint: String?
  /// Its pods or its process.
  package var instances: [RelayInstance]
  package var events: [RelayEvent]
  /// The last lines that it wrote, oldest first; empty where nobody looks at the relay.
  package var logLines: [String]
  package var port: PortState
  /// Why a part of this is missing or old; nil where nothing is.
  package var problem: String?

  package init(
    _ relay: RelayID, time: Double, condition: Condition, detail: String = "", endpoint: String? = nil,
    instances: [RelayInstance] = [], events: [RelayEvent] = [], logLines: [String] = [], port: PortState = .unknown,
    problem: String? = nil
  ) {
    self.relay = relay
    self.time = time
    self.condition = condition
    self.detail = detail
    self.endpoint = endpoint
    self.instances = instances
    self.events = events
    self.logLines = logLines
    self.port = port
    self.problem = problem
  }

  /// How often its containers or processes were started again.
  package var restarts: Int { instances.reduce(0) { $0.saturatingSum($1.restarts) } }

  /// What its instances say, taken together; nil where none answers.
  package var statistics: RelayStatistics? { RelayStatistics(together: instances.compactMap(\.statistics)) }

  /// Whether it runs and answers: what up-time counts.
  package var isUp: Bool { condition == .running && instances.contains { $0.isReady && !$0.isSilent } }
}

/// A pod or a process of a relay.
package struct RelayInstance: Sendable, Equatable {
  /// What the relay itself said.
  package enum Answer: Sendable, Equatable {
    /// Nobody asked, because nothing tells where.
    case notAsked
    case statistics(RelayStatistics)
    /// It was asked and did not answer, or not well.
    case silent(String)
  }

  /// The pod's name, or `process 4711`: another one is another start.
  package let name: String
  package var image: String?
  /// Seconds since 1970.
  package var startedAt: Double?
  package var restarts: Int
  package var isReady: Bool
  /// Why it is not ready, or why it ended the last time.
  package var detail: String?
  package var node: String?
  /// Processors in use: 0.5 is half of one.
  package var processors: Double?
  package var memoryBytes: UInt64?
  package var answer: Answer

  package init(
    _ name: String, image: String? = nil, startedAt: Double? = nil, restarts: Int = 0, isReady: Bool = true,
    detail: String? = nil, node: String? = nil, processors: Double? = nil, memoryBytes: UInt64? = nil,
    answer: Answer = .notAsked
  ) {
    self.name = name
    self.image = image
    self.startedAt = startedAt
    self.restarts = max(0, restarts)
    self.isReady = isReady
    self.detail = detail
    self.node = node
    self.processors = processors
    self.memoryBytes = memoryBytes
    self.answer = answer
  }

  package var statistics: RelayStatistics? {
    guard case .statistics(let statistics) = answer else { return nil }
    return statistics
  }

  package var isSilent: Bool {
    guard case .silent = answer else { return false }
    return true
  }
}

/// Something that the runtime tells of a relay.
package struct RelayEvent: Sendable, Equatable {
  package enum Kind: String, Sendable { case normal, warning }

  /// Seconds since 1970, the last time.
  package let time: Double
  package let kind: Kind
  /// One word of the runtime, such as `BackOff`.
  package let reason: String
  package let message: String
  /// How often it happened.
  package let count: Int

  package init(time: Double, kind: Kind, reason: String, message: String, count: Int = 1) {
    self.time = time
    self.kind = kind
    self.reason = reason
    self.message = message
    self.count = count
  }
}

/// Whether a relay's UDP port takes datagrams. A relay answers strangers nothing, so that silence is all that can be hoped for.
package enum PortState: Sendable, Equatable {
  case unknown
  /// Nothing was sent back: open, or filtered on the way.
  case silent
  /// The host refused the datagram, or no way leads there.
  case unreachable(String)
}

extension Int {
  /// Numbers from outside may be anything; sums of them stay in range.
  func saturatingSum(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
