import ConfigModel
package import RelayWire

/// Everything known about one relay, updated one observation at a time.
package struct RelayRecord: Sendable {
  /// Throughput in bits per second of UDP payload, between the last two observations.
  package struct Throughput: Sendable, Equatable {
    /// Bits per second received from peers.
    package var received = 0.0
    /// Bits per second forwarded to peers.
    package var forwarded = 0.0
    /// The higher of the two rates, which counts against a bandwidth cap.
    package var highest: Double { max(received, forwarded) }
  }

  /// What is declared of the relay.
  package internal(set) var expectation: RelayExpectation
  /// Last observation; nil before the first.
  package private(set) var observation: RelayObservation?
  /// Health according to the last observation.
  package private(set) var health = HealthScore(level: .unknown, score: nil)
  /// Throughput according to the last answer, however old.
  package private(set) var throughput = Throughput()
  /// Handshakes of the last five minutes; nil if the relay does not report them.
  package private(set) var handshakes: HandshakeCount?
  /// Live sessions. Those that several instances share count once.
  ///
  /// Like `connectedPeers` and `throughput`, from the last answer, however old.
  package private(set) var sessions = 0
  /// Number of declared keys with a live session, from the last answer.
  package private(set) var connectedKeys = 0
  /// Number of keys with a live session, declared or not.
  package private(set) var connectedPeers = 0
  /// Keys with a live session according to the last observation, sorted by name.
  package private(set) var edges: [TopologyEdge] = []
  /// Current alerts of the relay.
  package private(set) var alerts: [Alert] = []
  /// Figures of the last 24 hours.
  package private(set) var history = History()
  /// Last statistics the relay reported, however old; nil if it never did.
  package private(set) var lastStatistics: RelayStatistics?
  /// Time of the last statistics, in seconds since 1970.
  package private(set) var answeredAt: Double?
  /// Time at which the relay entered its current phase, in seconds since 1970.
  package private(set) var phaseSince: Double?
  /// Processes of the relay that share what they know, from the last answer; nil if it has no cluster.
  package private(set) var members: RelayMembers?
  /// Time since which fewer processes are ready than declared, in seconds since 1970; nil if enough are.
  package private(set) var shortSince: Double?
  /// Time since which no answer shows that the members agree, in seconds since 1970; nil if they do.
  package private(set) var disagreeingSince: Double?
  /// Time since which no instance has answered although the relay runs, in seconds since 1970; nil if one answers.
  package private(set) var silentSince: Double?
  /// Whether what was applied is in force at its instances; nil if no daemon says so.
  package internal(set) var enforcement: RelayEnforcement?
  private var uptime = UptimeLedger()
  private var window = HandshakeWindow()
  private var baselines: [String: CounterBaseline] = [:]
  /// Numbers of members by the name of their instance.
  private var memberNumbers: [String: String] = [:]

  /// Creates the record of a relay that has not been observed yet.
  package init(_ expectation: RelayExpectation) { self.expectation = expectation }

  /// Seconds of the last 31 days during which the relay was observed while declared to run.
  package var observedSeconds: Double { uptime.observedSeconds }
  /// Seconds of the last 31 days during which the relay was observed to be up.
  package var upSeconds: Double { uptime.upSeconds }

  /// Whether any instance answered in the last observation.
  package var answers: Bool { observation?.instances.contains { $0.statistics != nil } ?? false }

  /// Whether the relay may be running but no instance answers.
  private var isSilent: Bool {
    guard let observation, !answers else { return false }
    switch observation.phase {
    case .unknown: return true
    case .current, .unreachable: return observation.instances.contains(where: \.isSilent)
    case .inProgress, .stopped, .failed: return false
    }
  }

  /// Records an observation. One that is older than the last is still the newest: the clock was set back.
  mutating func observe(_ observation: RelayObservation, _ thresholds: AlertThresholds) {
    let time = observation.time
    if observation.phase != self.observation?.phase || (phaseSince ?? 0) > time { phaseSince = time }
    let isSilent = observation.phase == .current && !observation.isUp
    silentSince = isSilent ? min(silentSince ?? time, time) : nil
    self.observation = observation
    count(observation)
    noteMembers(observation)
    judge(thresholds)
    uptime.look(
      expectation.isRunning && observation.phase != .unknown ? observation.isUp : nil, at: time)
    history.add(values, at: time)
  }

  private mutating func noteMembers(_ observation: RelayObservation) {
    var numbers: [String: String] = [:]
    for instance in observation.instances {
      numbers[instance.name] = instance.statistics?.cluster?.member ?? memberNumbers[instance.name]
    }
    memberNumbers = numbers
    let seen = RelayMembers(of: observation, expecting: expectation.members, numbers)
    if seen != nil || !isSilent { members = seen }
    shortSince = seen?.isShort == true ? min(shortSince ?? observation.time, observation.time) : nil
    disagreeingSince = seen?.agrees == false ? min(disagreeingSince ?? observation.time, observation.time) : nil
  }

  /// Updates health and alerts from the last observation and the current declaration.
  mutating func judge(_ thresholds: AlertThresholds) {
    if !isSilent { connectedKeys = observation?.connectedKeys(of: expectation) ?? 0 }
    members?.expected = expectation.members
    health = HealthScore(of: expectation, observation, handshakes: handshakes)
    alerts = AlertRules.relay(self, thresholds).lasting(since: alerts)
  }

  private mutating func count(_ observation: RelayObservation) {
    var baselines: [String: CounterBaseline] = [:]
    var throughput = Throughput()
    var counted = HandshakeCount()
    var rates: [String: Throughput] = [:]
    var tellsHandshakes = false
    for instance in observation.instances {
      guard let statistics = instance.statistics else {
        // An instance that is briefly silent continues from its last counters.
        baselines[instance.name] = self.baselines[instance.name]
        continue
      }
      tellsHandshakes = tellsHandshakes || statistics.handshakes != nil
      let increase = self.baselines[instance.name]?.increase(to: statistics, at: observation.time)
      if let increase {
        counted = counted + increase.handshakes
        throughput.received += Double(increase.receivedBytes) * 8 / increase.seconds
        throughput.forwarded += Double(increase.forwardedBytes) * 8 / increase.seconds
        for (key, bytes) in increase.peers {
          rates[key, default: Throughput()].received += Double(bytes.received) * 8 / increase.seconds
          rates[key, default: Throughput()].forwarded += Double(bytes.sent) * 8 / increase.seconds
        }
      }
      baselines[instance.name] = CounterBaseline(statistics, at: observation.time)
    }
    self.baselines = baselines
    let statistics = observation.statistics
    edges = (statistics?.peers ?? []).filter { $0.state == .connected }.map { peer in
      TopologyEdge(
        relay: expectation.relay, key: peer.name, endpoint: peer.endpoint, sessions: peer.sessions,
        lastHandshakeAge: peer.lastHandshakeAge, pathMilliseconds: peer.pathMilliseconds,
        receivedBitsPerSecond: rates[peer.name]?.received ?? 0, sentBitsPerSecond: rates[peer.name]?.forwarded ?? 0)
    }.sorted { $0.key < $1.key }
    // A running relay that does not answer may still have sessions: keep its last reported figures.
    if !isSilent {
      self.throughput = throughput
      sessions = statistics?.sessions ?? 0
      connectedPeers = edges.count
    }
    if let statistics {
      lastStatistics = statistics
      answeredAt = observation.time
    }
    window.add(counted, at: observation.time)
    handshakes = tellsHandshakes ? window.count : nil
  }

  private var values: [HistoryMetric: Double] {
    var values: [HistoryMetric: Double] = [:]
    if let score = health.score { values[.health] = Double(score) }
    guard answers else { return values }
    values[.sessions] = Double(sessions)
    values[.connectedPeers] = Double(edges.count)
    values[.receivedBitsPerSecond] = throughput.received
    values[.forwardedBitsPerSecond] = throughput.forwarded
    if let handshakes {
      values[.handshakeRate] = Double(handshakes.completed) / HandshakeWindow.length
      values[.handshakeSuccess] = handshakes.success
    }
    return values
  }
}
