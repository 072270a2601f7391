package import RelayWire
import TextFormats

/// Health of a declared relay, 0 to 100, and its components, as the status server sees it.
///
/// The relay's `/api/v1/health` is its self-check, which is another number.
package struct HealthScore: Sendable, Equatable {
  /// Coarse state of health.
  package enum Level: String, Sendable, CaseIterable {
    /// 80 or more.
    case healthy
    /// 50 to 79.
    case degraded
    /// Below 50, or not running although declared to run.
    case critical
    /// Declared to be off.
    case stopped
    /// Not observed yet, or its runtime cannot be queried.
    case unknown
  }

  /// One aspect of health with its own score.
  package struct Component: Sendable, Equatable {
    /// Aspects that make up the score.
    package enum Name: String, Sendable, CaseIterable {
      case container, restarts, handshakes, connectivity

      /// Share of the total, which is 1.
      package var weight: Double {
        switch self {
        case .container: 0.20
        case .restarts: 0.15
        case .handshakes: 0.35
        case .connectivity: 0.30
        }
      }
    }

    /// Aspect that was scored.
    package let name: Name
    /// 0 to 100; nil if unknown, in which case the other components share its weight.
    package let score: Double?
    /// What the score was made from.
    package let detail: StatusText

    package init(_ name: Name, _ score: Double?, _ detail: StatusText) {
      self.name = name
      self.score = score.map { min(100, max(0, $0)) }
      self.detail = detail
    }
  }

  /// Coarse state.
  package let level: Level
  /// 0 to 100; nil if nothing is known.
  package let score: Int?
  /// Components of the score; empty if the relay does not run.
  package let components: [Component]

  /// Creates a score from its parts.
  package init(level: Level, score: Int?, components: [Component] = []) {
    self.level = level
    self.score = score
    self.components = components
  }

  /// Creates the weighted mean of the components whose score is known.
  package init(of components: [Component]) {
    var sum = 0.0
    var weights = 0.0
    for component in components {
      guard let score = component.score else { continue }
      sum += score * component.name.weight
      weights += component.name.weight
    }
    guard weights > 0 else {
      self.init(level: .unknown, score: nil, components: components)
      return
    }
    let score = Int((sum / weights).rounded())
    self.init(level: score >= 80 ? .healthy : score >= 50 ? .degraded : .critical, score: score, components: components)
  }
}

extension HealthScore {
  /// Creates the score of a relay from its last observation.
  ///
  /// - Parameters:
  ///   - expectation: what is declared of the relay.
  ///   - observation: nil if there is none yet.
  ///   - handshakes: handshakes of the last five minutes; nil if the relay does not report them.
  package init(
    of expectation: RelayExpectation, _ observation: RelayObservation?, handshakes: HandshakeCount?
  ) {
    guard let observation else {
      self.init(level: .unknown, score: nil)
      return
    }
    switch observation.phase {
    case .current, .unreachable: self.init(of: Self.components(expectation, observation, handshakes))
    case .stopped: self.init(level: expectation.isRunning ? .critical : .stopped, score: 0)
    case .inProgress, .failed: self.init(level: .critical, score: 0)
    case .unknown: self.init(level: .unknown, score: nil)
    }
  }

  private static func components(
    _ expectation: RelayExpectation, _ observation: RelayObservation, _ handshakes: HandshakeCount?
  ) -> [Component] {
    let wanted = max(1, expectation.replicas)
    let good = min(wanted, observation.instances.count { $0.isReady && !$0.isSilent })
    let restarts = observation.restarts
    let answers = observation.instances.contains { $0.statistics != nil }
    let connected = answers ? observation.connectedKeys(of: expectation) : nil
    return [
      Component(
        .container, 100 * Double(good) / Double(wanted),
        StatusText(.instancesReady, ["ready": .integer(good), "count": .integer(wanted)])),
      Component(.restarts, 100 - 10 * Double(restarts), StatusText(.restarts, ["count": .integer(restarts)])),
      Component(
        .handshakes, handshakes.flatMap { $0.attempts == 0 ? nil : 100 * $0.smoothedSuccess },
        handshakes.map(Self.words) ?? [Statement(.notReported)]),
      Component(
        .connectivity,
        expectation.keys.isEmpty ? nil : connected.map { 100 * Double($0) / Double(expectation.keys.count) },
        expectation.keys.isEmpty
          ? [Statement(.keysNone)]
          : connected.map {
            StatusText(.keysConnected, ["connected": .integer($0), "count": .integer(expectation.keys.count)])
          } ?? [Statement(.notReported)]),
    ]
  }
}

extension HealthScore {
  private static func words(_ count: HandshakeCount) -> StatusText {
    guard count.attempts > 0 else { return [Statement(.handshakesNone)] }
    return StatusText(
      .handshakesSucceeded,
      ["completed": .integer(Int(clamping: count.completed)), "count": .integer(Int(clamping: count.attempts))])
  }
}

extension RelayObservation {
  /// Returns the number of declared keys with a live session.
  package func connectedKeys(of expectation: RelayExpectation) -> Int {
    var connected: Set<String> = []
    for instance in instances {
      for peer in instance.statistics?.peers ?? [] where peer.state == .connected { connected.insert(peer.name) }
    }
    return Set(expectation.keys).intersection(connected).count
  }
}
