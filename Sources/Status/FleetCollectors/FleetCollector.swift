import RelayWire
import TextFormats
import FairShares
package import FleetMonitoring
import ProcessSupport

/// Observes all relays periodically and reports the results.
///
/// A relay or runtime that does not answer delays only its own observations.
package actor FleetCollector {
  /// Result of an observation.
  package enum Report: Sendable {
    /// State of a relay.
    case relay(RelayObservation)
    /// Condition of a runtime.
    case source(SourceCondition)
  }

  /// Limits and intervals.
  let options: CollectorOptions
  /// Runtimes of the relays.
  private(set) var runtimes: [any RelayRuntime] = []
  private nonisolated let added: AsyncStream<any RelayRuntime>
  private nonisolated let addition: AsyncStream<any RelayRuntime>.Continuation
  /// Runtimes that are looked at again at once.
  private var isDue: Set<String> = []
  /// Client for relays' statistics.
  let reader: StatisticsReader
  /// Current time, in seconds since 1970.
  let now: @Sendable () -> Double
  /// Called with every report.
  let deliver: @Sendable (Report) async -> Void
  /// Declared relays.
  var expected: [RelayID: RelayExpectation] = [:]
  /// Last view of each runtime, by the runtime's name.
  var views: [String: RuntimeView] = [:]
  /// The placements of each runtime's last view, by relay.
  private var placed: [String: [RelayID: [RelayPlacement]]] = [:]
  private var lastAnswers: [String: Double] = [:]
  /// Instances that did not answer the last time, by `org/relay/instance`.
  var silences: [String: PollBackoff] = [:]
  /// Relays being observed.
  private var underWay: Set<RelayID> = []
  /// Runtimes whose silent relays are being queried.
  private var doubtfulLanes: Set<String> = []
  /// Result of the last port probe, by relay.
  var ports: [RelayID: PortState] = [:]
  /// Relays that viewers have open, and until when.
  ///
  /// Shared fairly, so that one organization cannot displace all relays of another.
  private var attended = FairTable<RelayID, Double>(capacity: maxAttended, maxShare: maxAttended)

  /// Seconds for which a relay's log is read after a viewer opened it.
  private static let attention = 60.0
  /// Most relays whose log is read at a time.
  private static let maxAttended = 128
  /// Number of fast polls after start, while the runtime is still being read for the first time.
  private static let earlyLooks = 10
  /// Seconds between fast polls.
  private static let earlyInterval = 1.0
  /// Timeout for a runtime's view, in seconds.
  private static let viewTimeout = 5.0

  /// Creates a collector.
  ///
  /// - Parameters:
  ///   - runtimes: runtimes of the relays.
  ///   - options: limits and intervals.
  ///   - now: returns the current time in seconds since 1970.
  ///   - deliver: called with every report.
  package init(
    _ runtimes: [any RelayRuntime], options: CollectorOptions = CollectorOptions(),
    now: @escaping @Sendable () -> Double,
    deliver: @escaping @Sendable (Report) async -> Void
  ) {
    (added, addition) = AsyncStream.makeStream()
    self.options = options
    self.now = now
    self.deliver = deliver
    reader = StatisticsReader(options)
    self.runtimes = runtimes
    for runtime in runtimes { addition.yield(runtime) }
  }

  /// Observes one more runtime from now on.
  package func add(_ runtime: any RelayRuntime) {
    runtimes.append(runtime)
    addition.yield(runtime)
  }

  /// Sets the declared relays. Only these are observed.
  package func expect(_ expectation: FleetExpectation) {
    expected = Dictionary(expectation.relays.map { ($0.relay, $0) }) { first, _ in first }
    ports = ports.filter { expected[$0.key] != nil }
    attended.removeAll { relay, _ in expected[relay] == nil }
  }

  /// Runs until the task is cancelled. It can run only once.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      if options.portInterval > 0 { group.addTask { await self.watchPorts() } }
      for await runtime in added {
        group.addTask { await runtime.follow() }
        group.addTask { await self.loop(runtime) }
        group.addTask { await self.watchProblem(of: runtime) }
      }
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
        await wait(until: begin + .seconds(pause), for: runtime)
      }
      group.cancelAll()
    }
  }

  /// Waits for the next look at a runtime, which begins early if the runtime stops or begins to answer.
  private func wait(until end: ContinuousClock.Instant, for runtime: any RelayRuntime) async {
    while !Task.isCancelled, isDue.remove(runtime.name) == nil, ContinuousClock.now < end {
      try? await Task.sleep(until: min(end, .now + .seconds(Self.problemInterval)), clock: .continuous)
    }
  }

  /// Seconds between checks whether a runtime answers.
  private static let problemInterval = 1.0

  private func watchProblem(of runtime: any RelayRuntime) async {
    var hadProblem = false
    while !Task.isCancelled {
      let hasProblem = runtime.problem != nil
      if hasProblem != hadProblem { isDue.insert(runtime.name) }
      hadProblem = hasProblem
      try? await Task.sleep(for: .seconds(Self.problemInterval))
    }
  }

  /// Polls all relays of a runtime once. Returns when those that answered the last time have been queried.
  ///
  /// - Parameter group: task group in which the silent ones are queried meanwhile.
  private func look(_ runtime: any RelayRuntime, _ group: inout TaskGroup<Void>) async {
    let view = await view(of: runtime)
    var sound: [RelayPlacement] = []
    var doubtful: [RelayPlacement] = []
    for expectation in expected.values
    where isObserved(expectation, by: runtime) && !underWay.contains(expectation.relay) {
      let placement = placement(expectation, of: runtime) ?? Self.absent(expectation)
      let isSilent = placement.instances.contains { silences[key(placement, $0)] != nil }
      if isSilent { doubtful.append(placement) } else { sound.append(placement) }
    }
    forgetSilences(beside: view)
    // Only one silent lane at a time: if it takes longer than the interval, relays that fall silent meanwhile wait for
    // the next one.
    if !doubtful.isEmpty, doubtfulLanes.insert(runtime.name).inserted {
      underWay.formUnion(doubtful.map(\.relay))
      let waiting = doubtful
      group.addTask {
        _ = await waiting.concurrentResults(atMost: self.options.concurrency / 4) {
          await self.observe($0, of: runtime)
        }
        await self.endDoubtfulLane(of: runtime)
      }
    }
    underWay.formUnion(sound.map(\.relay))
    _ = await sound.concurrentResults(atMost: options.concurrency) { await self.observe($0, of: runtime) }
  }

  /// Whether a runtime is the one that observes a relay: the first of those that run it.
  private func isObserved(_ expectation: RelayExpectation, by runtime: any RelayRuntime) -> Bool {
    guard runtime.runs(expectation) else { return false }
    return expectation.regions.count < 2 || runtimes.first { $0.runs(expectation) }?.name == runtime.name
  }

  /// Returns a relay as the last view of its runtime has it; nil if it is nowhere.
  ///
  /// A relay of several regions has parts in all runtimes that run it, and in all of its namespaces there. Only its first region
  /// has the endpoint: those of other regions have endpoints of their own.
  private func placement(_ expectation: RelayExpectation, of runtime: any RelayRuntime) -> RelayPlacement? {
    guard expectation.regions.count > 1 else { return parts(of: expectation, in: runtime).first }
    var first: [RelayPlacement] = []
    var others: [RelayPlacement] = []
    for runtime in runtimes where runtime.runs(expectation) {
      for part in parts(of: expectation, in: runtime) {
        if Self.isFirst(part, runtime, expectation) { first.append(part) } else { others.append(part) }
      }
    }
    var whole = RelayPlacement.joined(first + others)
    if first.isEmpty { whole?.endpoint = nil }
    return whole
  }

  private func parts(of expectation: RelayExpectation, in runtime: any RelayRuntime) -> [RelayPlacement] {
    (placed[runtime.name]?[expectation.relay] ?? []).filter { $0.isMeant(by: expectation) }
  }

  /// Whether a part of a relay is that of its first region.
  private static func isFirst(
    _ part: RelayPlacement, _ runtime: any RelayRuntime, _ expectation: RelayExpectation
  ) -> Bool {
    guard let region = expectation.regions.first, runtime.regions?.contains(region) ?? true else { return false }
    guard let namespace = part.namespace, let first = expectation.firstNamespace else { return true }
    return namespace == first
  }

  private func endDoubtfulLane(of runtime: any RelayRuntime) { doubtfulLanes.remove(runtime.name) }

  private func view(of runtime: any RelayRuntime) async -> RuntimeView {
    var view: RuntimeView
    do {
      view = try await Deadline.within(Self.viewTimeout) { await runtime.view() }
    } catch {
      view = views[runtime.name] ?? RuntimeView([])
      view.problem = StatusText(.noAnswer, ["seconds": .measured(Self.viewTimeout)])
    }
    if view.problem == nil { lastAnswers[runtime.name] = now() }
    views[runtime.name] = view
    placed[runtime.name] = Dictionary(grouping: view.placements, by: \.relay)
    await deliver(
      .source(SourceCondition(runtime.name, lastAnswer: lastAnswers[runtime.name], problem: view.problem)))
    return view
  }

  /// Returns the placement of a relay that its runtime does not have.
  private static func absent(_ expectation: RelayExpectation) -> RelayPlacement {
    expectation.isRunning
      ? RelayPlacement(expectation.relay, .inProgress, detail: [Statement(.notApplied)])
      : RelayPlacement(expectation.relay, .stopped, detail: [Statement(.stopped)])
  }

  private func observe(_ placement: RelayPlacement, of runtime: any RelayRuntime) async {
    guard !Task.isCancelled else { return }
    let observation = await observation(
      of: placement, runtime, problem: views[runtime.name]?.problem, withLog: isAttended(placement.relay))
    underWay.remove(placement.relay)
    // The declaration may have changed in the meantime.
    guard !Task.isCancelled, expected[placement.relay] != nil else { return }
    await deliver(.relay(observation))
  }

  /// Returns whether a viewer opened the relay recently.
  package func isAttended(_ relay: RelayID) -> Bool { attended[relay].map { $0 > now() } ?? false }

  private func forgetSilences(beside view: RuntimeView) {
    guard !silences.isEmpty else { return }
    let known = Set(
      views.values.flatMap { view in view.placements.flatMap { place in place.instances.map { key(place, $0) } } })
    silences = silences.filter { known.contains($0.key) }
  }

  /// Reads a relay's log for a while, starting now, because a viewer opened it.
  package func attend(to relay: RelayID) async {
    guard let expectation = expected[relay] else { return }
    let time = now()
    let isNew = attended[relay].map { $0 <= time } ?? true
    _ = attended.insert(relay, time + Self.attention, of: FairSource([relay.org]))
    guard isNew, let runtime = runtimes.first(where: { $0.runs(expectation) }),
      let placement = placement(expectation, of: runtime)
    else { return }
    await observe(placement, of: runtime)
  }
}
