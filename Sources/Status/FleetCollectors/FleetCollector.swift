import FairShares
package import FleetMonitoring

/// Looks at all relays again and again, and tells what it sees. A relay or a runtime that does not answer holds up nothing
/// but what is told of itself.
package actor FleetCollector {
  package enum Report: Sendable {
    case relay(RelayObservation)
    case source(SourceCondition)
  }

  let options: CollectorOptions
  let runtimes: [any RelayRuntime]
  let reader: StatisticsReader
  let now: @Sendable () -> Double
  let deliver: @Sendable (Report) async -> Void
  var expected: [RelayID: RelayExpectation] = [:]
  /// Of each runtime, by its name.
  var views: [String: RuntimeView] = [:]
  private var lastAnswers: [String: Double] = [:]
  /// Of instances that did not answer the last time, by `org/relay/instance`.
  var silences: [String: Silence] = [:]
  private var underWay: Set<RelayID> = []
  /// Runtimes whose silent relays are being asked.
  private var doubtfulLanes: Set<String> = []
  var ports: [RelayID: PortState] = [:]
  /// Relays that somebody looks at, and until when; no organization's displace all of another's.
  private var attended = FairTable<RelayID, Double>(capacity: mostAttended, largestShare: mostAttended)

  /// Seconds for which a relay's log is read after somebody asked, and relays for which that is done at a time.
  private static let attention = 60.0
  private static let mostAttended = 128
  /// A runtime has seldom been read when it is looked at for the first time: how often it is looked at without waiting long.
  private static let earlyLooks = 10
  /// Seconds between those looks.
  private static let earlyInterval = 1.0
  /// Seconds for a runtime to say what it knows.
  private static let viewPatience = 5.0

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - deliver: told of everything, of one relay after another.
  package init(
    _ runtimes: [any RelayRuntime], options: CollectorOptions = CollectorOptions(),
    now: @escaping @Sendable () -> Double,
    deliver: @escaping @Sendable (Report) async -> Void
  ) {
    self.runtimes = runtimes
    self.options = options
    self.now = now
    self.deliver = deliver
    reader = StatisticsReader(options)
  }

  /// Takes what is declared: only those relays are looked at.
  package func expect(_ expectation: FleetExpectation) {
    expected = Dictionary(expectation.relays.map { ($0.relay, $0) }) { first, _ in first }
    ports = ports.filter { expected[$0.key] != nil }
    attended.removeAll { relay, _ in expected[relay] == nil }
  }

  /// Runs until the task is cancelled; cannot be run again.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      for runtime in runtimes {
        group.addTask { await runtime.follow() }
        group.addTask { await self.loop(runtime) }
      }
      if options.portInterval > 0 { group.addTask { await self.watchPorts() } }
      await group.waitForAll()
    }
    await reader.shutDown()
  }

  private func loop(_ runtime: any RelayRuntime) async {
    await withTaskGroup(of: Void.self) { group in
      var early = Self.earlyLooks
      while !Task.isCancelled {
        let begin = ContinuousClock.now
        await look(runtime, &group)
        let isRead = views[runtime.name]?.problem == nil && !expected.isEmpty
        early = isRead ? 0 : max(0, early - 1)
        let pause = early > 0 ? min(Self.earlyInterval, options.interval) : options.interval
        try? await Task.sleep(until: begin + .seconds(pause), clock: .continuous)
      }
      group.cancelAll()
    }
  }

  /// Looks at all relays of a runtime once, and returns when those that answered the last time have been asked.
  ///
  /// - Parameter group: in which the others are asked meanwhile.
  private func look(_ runtime: any RelayRuntime, _ group: inout TaskGroup<Void>) async {
    let view = await view(of: runtime)
    let placed = Dictionary(grouping: view.placements, by: \.relay)
    var sound: [RelayPlacement] = []
    var doubtful: [RelayPlacement] = []
    for expectation in expected.values
    where runtime.regions?.contains(expectation.region) ?? true && !underWay.contains(expectation.relay) {
      let placement = placed[expectation.relay]?.first { $0.isMeant(by: expectation) } ?? Self.absent(expectation)
      let isSilent = placement.instances.contains { silences[key(placement, $0)] != nil }
      if isSilent { doubtful.append(placement) } else { sound.append(placement) }
    }
    forgetSilences(beside: view)
    // One at a time: where it takes longer than the pause between two looks, those that come meanwhile wait for the next.
    if !doubtful.isEmpty, doubtfulLanes.insert(runtime.name).inserted {
      underWay.formUnion(doubtful.map(\.relay))
      let waiting = doubtful
      group.addTask {
        await waiting.forEach(atMost: max(1, self.options.concurrency / 4)) { await self.observe($0, of: runtime) }
        await self.endDoubtfulLane(of: runtime)
      }
    }
    underWay.formUnion(sound.map(\.relay))
    await sound.forEach(atMost: options.concurrency) { await self.observe($0, of: runtime) }
  }

  private func endDoubtfulLane(of runtime: any RelayRuntime) { doubtfulLanes.remove(runtime.name) }

  private func view(of runtime: any RelayRuntime) async -> RuntimeView {
    var view: RuntimeView
    do {
      view = try await Deadline.within(Self.viewPatience) { await runtime.view() }
    } catch {
      view = views[runtime.name] ?? RuntimeView([])
      view.problem = "no answer within \(Self.viewPatience) s"
    }
    if view.problem == nil { lastAnswers[runtime.name] = now() }
    views[runtime.name] = view
    await deliver(
      .source(SourceCondition(runtime.name, lastAnswer: lastAnswers[runtime.name], problem: view.problem)))
    return view
  }

  /// What can be said of a relay that its runtime does not have.
  private static func absent(_ expectation: RelayExpectation) -> RelayPlacement {
    expectation.isRunning
      ? RelayPlacement(expectation.relay, .starting, detail: "it is not applied yet")
      : RelayPlacement(expectation.relay, .stopped, detail: "declared to be stopped")
  }

  private func observe(_ placement: RelayPlacement, of runtime: any RelayRuntime) async {
    guard !Task.isCancelled else { return }
    let observation = await observation(
      of: placement, runtime, problem: views[runtime.name]?.problem, withLog: isAttended(placement.relay))
    underWay.remove(placement.relay)
    // What is declared may have changed meanwhile.
    guard !Task.isCancelled, expected[placement.relay] != nil else { return }
    await deliver(.relay(observation))
  }

  /// Whether somebody looked at a relay lately.
  package func isAttended(_ relay: RelayID) -> Bool { attended[relay].map { $0 > now() } ?? false }

  private func forgetSilences(beside view: RuntimeView) {
    guard !silences.isEmpty else { return }
    let known = Set(
      views.values.flatMap { view in view.placements.flatMap { place in place.instances.map { key(place, $0) } } })
    silences = silences.filter { known.contains($0.key) }
  }

  /// Reads a relay's log for a while, beginning now, because somebody looks at it.
  package func attend(to relay: RelayID) async {
    guard let expectation = expected[relay] else { return }
    let time = now()
    let isNew = attended[relay].map { $0 <= time } ?? true
    _ = attended.insert(relay, time + Self.attention, of: FairSource([relay.org]))
    guard isNew, let runtime = runtimes.first(where: { $0.regions?.contains(expectation.region) ?? true }),
      let placement = views[runtime.name]?.placements.first(where: { $0.isMeant(by: expectation) })
    else { return }
    await observe(placement, of: runtime)
  }
}
