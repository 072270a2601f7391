package import RelayWire

/// State of a relay at one moment, as reported by its runtime and by the relay itself.
package struct RelayObservation: Sendable, Equatable {
  /// Relay observed.
  package let relay: RelayID
  /// Time of the observation, in seconds since 1970.
  package let time: Double
  /// Phase in the runtime, never `unreachable`.
  package var phase: RelayPhase
  /// The phase in words, such as `2 of 2 pods are ready`.
  package var detail: StatusText
  /// Where peers reach it in the first of its regions; nil if the runtime does not know.
  package var endpoint: RelayEndpoint?
  /// Pods or processes of the relay.
  package var instances: [RelayInstance]
  /// Events that the runtime recorded.
  package var events: [RelayEvent]
  /// Last lines of the log, oldest first; empty unless a viewer has the relay open.
  package var logLines: [String]
  /// Reachability of the UDP port.
  package var port: PortState
  /// Why a part of this is missing or old; nil where nothing is.
  package var problem: StatusText?

  /// Creates an observation.
  package init(
    _ relay: RelayID, time: Double, phase: RelayPhase, detail: StatusText = [], endpoint: RelayEndpoint? = nil,
    instances: [RelayInstance] = [], events: [RelayEvent] = [], logLines: [String] = [], port: PortState = .unknown,
    problem: StatusText? = nil
  ) {
    self.relay = relay
    self.time = time
    self.phase = phase
    self.detail = detail
    self.endpoint = endpoint
    self.instances = instances
    self.events = events
    self.logLines = logLines
    self.port = port
    self.problem = problem
  }

  /// Number of times its containers or processes were restarted.
  package var restarts: Int { instances.reduce(0) { $0.saturatingSum($1.restarts) } }

  /// Statistics of all instances combined; nil if none answers.
  package var statistics: RelayStatistics? { RelayStatistics(together: instances.compactMap(\.statistics)) }

  /// Whether the relay runs and answers, which is what uptime counts.
  package var isUp: Bool { phase == .current && instances.contains { $0.isReady && !$0.isSilent } }
}

/// A pod or process of a relay.
package struct RelayInstance: Sendable, Equatable {
  /// Answer of the instance's statistics endpoint.
  package enum Answer: Sendable, Equatable {
    /// Not queried, because its address is unknown.
    case notAsked
    case statistics(RelayStatistics)
    /// It was asked and did not answer, or not well.
    case silent(StatusText)
  }

  /// What an instance is.
  package enum Kind: Sendable, Equatable {
    case pod
    /// A process of this machine, with its number; nil while none runs.
    case process(Int?)
  }

  /// Name and kind of an instance.
  package struct Identity: Sendable, Equatable {
    /// Name of the pod, or `process 4711`.
    package let name: String
    /// What it is.
    package let kind: Kind
  }

  /// Name of the pod, or `process 4711`. A different name means a different start.
  package let name: String
  /// What it is.
  package let kind: Kind
  /// Container image; nil for a process.
  package var image: String?
  /// Start time, in seconds since 1970.
  package var startedAt: Double?
  /// Number of restarts.
  package var restarts: Int
  /// Whether the runtime considers the instance ready.
  package var isReady: Bool
  /// Why it is not ready, or why it ended the last time.
  package var detail: StatusText?
  package var node: String?
  /// CPU usage in cores: 0.5 is half a core.
  package var processors: Double?
  /// Memory in use, in bytes.
  package var memoryBytes: UInt64?
  /// Answer of the instance itself.
  package var answer: Answer

  /// Creates an instance. Negative restart counts become zero.
  package init(
    _ name: String, kind: Kind = .pod, image: String? = nil, startedAt: Double? = nil, restarts: Int = 0,
    isReady: Bool = true,
    detail: StatusText? = nil, node: String? = nil, processors: Double? = nil, memoryBytes: UInt64? = nil,
    answer: Answer = .notAsked
  ) {
    self.name = name
    self.kind = kind
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

  /// Name and kind.
  package var identity: Identity { Identity(name: name, kind: kind) }

  /// Statistics in the answer; nil if there is none.
  package var statistics: RelayStatistics? {
    guard case .statistics(let statistics) = answer else { return nil }
    return statistics
  }

  /// Whether the instance was queried and failed to answer.
  package var isSilent: Bool {
    guard case .silent = answer else { return false }
    return true
  }
}

/// An event that the runtime recorded for a relay.
package struct RelayEvent: Sendable, Equatable {
  /// Severity of an event, as in Kubernetes.
  package enum Kind: String, Sendable { case normal, warning }

  /// Time of the last occurrence, in seconds since 1970.
  package let time: Double
  /// Severity.
  package let kind: Kind
  /// Reason as a single word of the runtime, such as `BackOff`.
  package let reason: String
  /// Description by the runtime.
  package let message: String
  /// Number of occurrences.
  package let count: Int

  /// Creates an event.
  package init(time: Double, kind: Kind, reason: String, message: String, count: Int = 1) {
    self.time = time
    self.kind = kind
    self.reason = reason
    self.message = message
    self.count = count
  }
}

/// Whether a relay's UDP port accepts datagrams.
///
/// A relay does not answer strangers, so silence is the best possible result.
package enum PortState: Sendable, Equatable {
  case unknown
  /// No reply: open, or filtered on the way.
  case silent
  /// The host refused the datagram, or no way leads there.
  case unreachable(StatusText)
}

extension Int {
  /// Returns the sum, clamped to the range of `Int`: numbers reported from outside may have any value.
  func saturatingSum(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
