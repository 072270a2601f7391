import FleetMonitoring
import RelayWire
import Testing

/// Health against numbers computed by hand from the weights 0.20, 0.15, 0.35 and 0.30.
@Suite struct HealthScoreTests {
  private let four = RelayExpectation(milan, regions: ["eu-south"], keys: ["a", "b", "c", "d"])

  private func score(
    _ observation: RelayObservation?, _ handshakes: HandshakeCount? = nil, of expectation: RelayExpectation? = nil
  ) -> HealthScore {
    HealthScore(of: expectation ?? four, observation, handshakes: handshakes)
  }

  @Test func weighsAllFour() {
    // 100 · 0.20 + 100 · 0.15 + 100 · 9/12 · 0.35 + 75 · 0.30 = 83.75
    let health = score(
      running(at: 0, statistics(connected: ["a", "b", "c"])), HandshakeCount(initiated: 10, completed: 8))
    #expect(health.score == 84)
    #expect(health.level == .healthy)
    #expect(health.components.map(\.score) == [100, 100, 75, 75])
  }

  @Test func withoutHandshakesTheOthersTakeTheirWeight() {
    // (20 + 15 + 22.5) / 0.65 = 88.46
    #expect(score(running(at: 0, statistics(connected: ["a", "b", "c"])), HandshakeCount()).score == 88)
    #expect(score(running(at: 0, statistics(connected: ["a", "b", "c"])), nil).score == 88)
  }

  @Test func withoutKeysAndHandshakesTwoRemain() {
    let none = RelayExpectation(milan, regions: ["eu-south"])
    // (20 + 0.15 · 70) / 0.35 = 87.14
    #expect(score(running(at: 0, statistics(), restarts: 3), nil, of: none).score == 87)
  }

  @Test func oneThatHangsIsCritical() {
    // (0 + 15) / 0.35 = 42.86
    let health = score(silent(at: 0))
    #expect(health.score == 43)
    #expect(health.level == .critical)
    #expect(health.components.map(\.score) == [0, 100, nil, nil])
  }

  @Test(
    arguments: [
      (.failed, .critical, 0), (.inProgress, .critical, 0),
      (.stopped, .critical, 0), (.unknown, .unknown, nil),
    ] as [(RelayPhase, HealthScore.Level, Int?)])
  func oneThatDoesNotRunHasNone(_ phase: RelayPhase, _ level: HealthScore.Level, _ points: Int?) {
    let health = score(RelayObservation(milan, time: epoch, phase: phase))
    #expect(health == HealthScore(level: level, score: points))
  }

  @Test func whatIsDeclaredToBeOffIsNotCritical() {
    let off = RelayExpectation(milan, regions: ["eu-south"], isRunning: false)
    let health = score(RelayObservation(milan, time: epoch, phase: .stopped), of: off)
    #expect(health == HealthScore(level: .stopped, score: 0))
    #expect(score(nil) == HealthScore(level: .unknown, score: nil))
  }

  @Test func halfOfTheInstancesIsHalfOfTheContainer() {
    var two = four
    two.replicas = 2
    #expect(score(running(at: 0, statistics()), of: two).components.first?.score == 50)
  }

  @Test(arguments: [
    (100.0, HealthScore.Level.healthy), (80, .healthy), (79, .degraded), (50, .degraded), (49, .critical),
  ])
  func levels(_ points: Double, _ level: HealthScore.Level) {
    #expect(HealthScore(of: [.init(.restarts, points, "")]).level == level)
    #expect(HealthScore(of: []).level == .unknown)
  }

  @Test func keysThatAreNotDeclaredDoNotCount() {
    let health = score(running(at: 0, statistics(connected: ["a", "stranger", "another"])))
    #expect(health.components.last?.score == 25)
  }

  /// In bounds for any input, never worse for a better one.
  @Test func boundedAndMonotone() {
    var numbers = Numbers(state: 1)
    func level(_ values: [Double?]) -> Int? {
      HealthScore(of: zip(HealthScore.Component.Name.allCases, values).map { .init($0, $1, "") }).score
    }
    for _ in 0..<20_000 {
      var values = (0..<4).map { _ in Bool.random(using: &numbers) ? Double.random(in: -50...150, using: &numbers) : nil
      }
      guard let before = level(values) else { continue }
      #expect((0...100).contains(before))
      let known = values.indices.filter { values[$0] != nil }
      guard let place = known.randomElement(using: &numbers) else { continue }
      values[place] = values[place].map { $0 + Double.random(in: 0...50, using: &numbers) }
      #expect((level(values) ?? -1) >= before)
      // A part that says what the mean says changes nothing: weights are re-normalised.
      for missing in values.indices where values[missing] == nil {
        var more = values
        more[missing] = HealthScore(of: zip(HealthScore.Component.Name.allCases, values).map { .init($0, $1, "") })
          .score
          .map(Double.init)
        #expect(abs((level(more) ?? -9) - (level(values) ?? 9)) <= 1)
      }
    }
  }

  @Test func laplace() {
    #expect(HandshakeCount(initiated: 1, completed: 0).smoothedSuccess == 1.0 / 3)
    #expect(HandshakeCount(initiated: 98, completed: 98).smoothedSuccess == 0.99)
    #expect(HandshakeCount(initiated: 2, completed: 3).success == 1)
    #expect(HandshakeCount().success == nil)
    #expect(HandshakeCount(initiated: .max, completed: .max).smoothedSuccess == 1)
  }
}
