import KeyBundles
import ProcessSupport
import RelayWire

/// Brings what was applied into force at every instance of a region's relays, and knows where it is not.
///
/// Each relay has a task of its own. It gives each instance the relay's files at once, without waiting for the platform to
/// refresh what the instance reads, and asks until the instance confirms them.
actor Enforcement {
  /// What becomes of a relay's declaration.
  enum News: Sendable {
    /// Every instance has confirmed it.
    case inForce(RelayInForce)
    /// An instance has not confirmed it for `RelayInForce.patience`.
    case notInForce(RelayInForce)
  }

  /// Receiver of news, tried again until it does not fail.
  typealias Report = @Sendable (DeployedRelay, News) async throws -> Void

  private struct Entry {
    /// Distinguishes the tasks that one relay had one after another.
    var turn = 0
    /// Nil until the target has said what is declared.
    var state: RelayInForce?
    /// When the files were applied; nil if that was before this program started.
    var appliedAt: Int64?
    /// Since when this program wants them in force.
    var wantedSince: Int64
    /// Starts of the instances that have confirmed the declaration, with the reasons of those that have not.
    var answers: [String: Answer] = [:]
    var task: Task<Void, Never>?
    /// Whether the target has said which instances there are since the files were applied.
    var hasLooked = false
    var report: Report
    /// Digest of the declaration that was reported to be in force.
    var reported: String?
    /// Digest of the declaration that was reported to be missing.
    var complained: String?
  }

  private enum Answer {
    case confirmed
    case refused(String)
  }

  private let region: String
  private let target: any Target
  private let now: @Sendable () -> Int64
  private let lanes: OrganizationLanes
  private var entries: [DeployedRelay: Entry] = [:]
  private var reports: [Int: Task<Void, Never>] = [:]
  private var reportCount = 0
  private var hasEnded = false

  /// Requests of one organization at the same time.
  private static let laneWidth = 16
  /// Time limit of a request, in seconds.
  private static let timeout = 10.0
  /// The shortest and the longest pause between two requests to an instance.
  private static let pauses = Duration.milliseconds(20)...Duration.seconds(1)
  /// After this many questions to an instance that has not confirmed the files, it is given them again.
  private static let questionsPerPush = 8
  /// Seconds between two looks for instances. The last one is repeated.
  private static let looks: [Double] =
    Array(repeating: 0.5, count: 4) + Array(repeating: 1, count: 10) + [2, 5, 10, 30]
  /// Seconds between further looks after all instances have confirmed the declaration: one that was about to start may have read
  /// the files before they were applied.
  private static let furtherLooks: [Double] = [1, 2, 5, 15, 60]

  /// - Parameter now: returns milliseconds since 1970.
  init(region: String, target: any Target, now: @escaping @Sendable () -> Int64) {
    self.region = region
    self.target = target
    self.now = now
    lanes = OrganizationLanes(width: Self.laneWidth)
  }

  // MARK: - What is wanted

  /// Brings the files that were just applied to a relay into force.
  func enforce(_ relay: DeployedRelay, report: @escaping Report) {
    let time = now()
    var entry = entries[relay] ?? Entry(wantedSince: time, report: report)
    entry.appliedAt = time
    entry.wantedSince = time
    entry.report = report
    entry.answers = [:]
    entry.hasLooked = false
    if var state = entry.state {
      state.missingSince = state.missingSince ?? time
      entry.state = state
    }
    entries[relay] = entry
    start(relay, pushes: true)
  }

  /// Asks the relays of an inventory that this program knows nothing of, as after a start, and forgets those that are gone.
  func follow(_ relays: Set<DeployedRelay>, report: @escaping Report) {
    for relay in entries.keys where !relays.contains(relay) { forget(relay) }
    for relay in relays where entries[relay] == nil {
      entries[relay] = Entry(wantedSince: now(), report: report)
      start(relay, pushes: false)
    }
  }

  /// Asks all relays again, because instances may have come since they confirmed what is in force.
  func askAgain() {
    for (relay, entry) in entries where entry.task == nil { start(relay, pushes: false) }
  }

  func forget(_ relay: DeployedRelay) { entries.removeValue(forKey: relay)?.task?.cancel() }

  /// Ends all tasks.
  func end() async {
    hasEnded = true
    let tasks = entries.values.compactMap(\.task) + reports.values
    entries = [:]
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  /// What is known of each relay.
  var states: [DeployedRelay: RelayInForce] { entries.compactMapValues(\.state) }

  /// Whether instances have not confirmed their relay's files, or relays have not been looked at, or news is not recorded.
  var isAwaited: Bool {
    !reports.isEmpty
      || entries.values.contains { entry in
        guard let state = entry.state else { return entry.task != nil }
        return state.missingSince != nil && (!state.instances.isEmpty || state.problem != nil || !entry.hasLooked)
      }
  }

  /// Returns how many of some relays have an instance, and at how many of those the declaration is in force.
  func count(of relays: Set<DeployedRelay>) -> (inForce: Int, total: Int) {
    let states = relays.compactMap { entries[$0]?.state }
    return (states.count { $0.missingSince == nil }, states.count { $0.missingSince == nil || !$0.instances.isEmpty })
  }

  // MARK: - A relay

  private func start(_ relay: DeployedRelay, pushes: Bool) {
    guard !hasEnded, var entry = entries[relay] else { return }
    entry.task?.cancel()
    entry.turn += 1
    let turn = entry.turn
    entry.task = Task { await self.bring(relay, turn, pushes: pushes) }
    entries[relay] = entry
  }

  /// Looks for instances until each of them has confirmed the relay's files, and a while longer.
  private nonisolated func bring(_ relay: DeployedRelay, _ turn: Int, pushes: Bool) async {
    var channels: [String: Task<Void, Never>] = [:]
    defer { for task in channels.values { task.cancel() } }
    var files: AppliedFiles?
    var further = 0
    for number in 0... {
      do {
        if files == nil {
          guard let applied = try await target.appliedFiles(of: relay, in: region) else {
            return await drop(relay, turn)
          }
          await take(applied.files.declaration, relay, turn)
          files = applied
        }
        guard let files else { return }
        let instances = try await target.instances(of: relay, in: region)
        let open = await take(instances, relay, turn)
        let starts = Set(instances.map(\.start))
        for gone in channels.keys where !starts.contains(gone) { channels.removeValue(forKey: gone)?.cancel() }
        for instance in open where channels[instance.start] == nil {
          channels[instance.start] = Task { await self.ask(instance, of: relay, turn, files, pushes: pushes) }
        }
      } catch {
        await complain("\(error)", relay, turn)
      }
      var pause = Self.looks[min(number, Self.looks.count - 1)]
      if await isInForce(relay, turn) {
        guard further < Self.furtherLooks.count else { return await rest(relay, turn) }
        pause = Self.furtherLooks[further]
        further += 1
      } else {
        further = 0
      }
      try? await Task.sleep(for: .seconds(pause))
      guard await isWanted(relay, turn) else { return }
    }
  }

  /// Gives an instance the relay's files, and asks until it confirms them.
  private nonisolated func ask(
    _ instance: InstanceChannel, of relay: DeployedRelay, _ turn: Int, _ files: AppliedFiles, pushes: Bool
  ) async {
    let exchange = DeclarationExchange(token: files.token)
    let digest = files.files.declaration.digest
    var pause = Self.pauses.lowerBound
    var questions = pushes ? Self.questionsPerPush : Self.questionsPerPush - 1
    var isSlow = false
    var hasNudged = false
    while !Task.isCancelled {
      var reason: String
      do {
        let gives = questions >= Self.questionsPerPush
        questions = gives ? 0 : questions + 1
        let request = try exchange.request(gives ? files.files : nil)
        let body = try await lanes.run(in: isSlow ? "\(relay.org)/slow" : relay.org) {
          try await BoundedWait.value(within: .seconds(Self.timeout)) {
            try await instance.send(request, Self.timeout)
          }
        }
        let answer = try exchange.open(answer: body, to: request)
        if answer.inForce?.digest == digest { return await note(.confirmed, of: instance, relay, turn) }
        reason = Self.reason(answer, files.files.declaration)
        // An instance that has other files is given these with the next request.
        if !gives, !pushes { questions = Self.questionsPerPush }
      } catch let error as KeyBundleError where error.code == .payloadFailure {
        reason = "what answers there does not have the relay's token"
      } catch is BoundedWait.Elapsed {
        reason = "it does not answer within \(Int(Self.timeout)) s"
      } catch {
        reason = (error as? KeyBundleError)?.reason ?? "\(error)"
        // What was lost on the way is sent again.
        questions = Self.questionsPerPush
        if isSlow, !hasNudged, !Task.isCancelled {
          hasNudged = true
          await target.nudge(instance, of: relay, to: files.files.declaration, in: region)
        }
        isSlow = true
      }
      guard !Task.isCancelled else { return }
      await note(.refused(reason), of: instance, relay, turn)
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, Self.pauses.upperBound)
    }
  }

  private static func reason(_ answer: DeclarationAnswer, _ wanted: RelayDeclaration) -> String {
    if let refusal = answer.refusal { return refusal }
    guard let inForce = answer.inForce else { return "it has no declaration in force" }
    return inForce.serial > wanted.serial
      ? "it has serial \(inForce.serial) in force, which is newer than \(wanted.serial)"
      : "it has serial \(inForce.serial) in force, and \(wanted.serial) is declared"
  }

  // MARK: - What comes back

  private func isWanted(_ relay: DeployedRelay, _ turn: Int) -> Bool {
    !Task.isCancelled && entries[relay]?.turn == turn
  }

  private func isInForce(_ relay: DeployedRelay, _ turn: Int) -> Bool {
    entries[relay].map { $0.turn == turn && $0.state != nil && $0.state?.missingSince == nil } ?? false
  }

  /// Ends a relay's task until it is asked again.
  private func rest(_ relay: DeployedRelay, _ turn: Int) {
    if entries[relay]?.turn == turn { entries[relay]?.task = nil }
  }

  /// Forgets a relay that the target does not run.
  private func drop(_ relay: DeployedRelay, _ turn: Int) {
    if entries[relay]?.turn == turn { entries[relay] = nil }
  }

  private func take(_ declaration: RelayDeclaration, _ relay: DeployedRelay, _ turn: Int) {
    guard var entry = entries[relay], entry.turn == turn else { return }
    if entry.state?.digest != declaration.digest {
      entry.state = RelayInForce(
        serial: declaration.serial, digest: declaration.digest,
        // The serial is the time unless the clock was set back.
        appliedAt: entry.appliedAt ?? Int64(declaration.serial), missingSince: entry.wantedSince)
      entry.answers = [:]
    }
    entries[relay] = entry
  }

  /// - Returns: The instances that have not confirmed the declaration.
  private func take(_ instances: [InstanceChannel], _ relay: DeployedRelay, _ turn: Int) -> [InstanceChannel] {
    guard var entry = entries[relay], entry.turn == turn, var state = entry.state else { return [] }
    let starts = Set(instances.map(\.start))
    entry.answers = entry.answers.filter { starts.contains($0.key) }
    state.instances = instances.map { instance in
      RelayInForce.Instance(instance.name, reason: Self.reason(entry.answers[instance.start]))
    }
    state.problem = nil
    entry.hasLooked = true
    entry.state = state
    entries[relay] = entry
    judge(relay)
    return instances.filter { Self.reason(entry.answers[$0.start]) != nil }
  }

  private static func reason(_ answer: Answer?) -> String? {
    switch answer {
    case .confirmed: nil
    case .refused(let reason): reason
    case nil: "it has not answered yet"
    }
  }

  private func note(_ answer: Answer, of instance: InstanceChannel, _ relay: DeployedRelay, _ turn: Int) {
    guard var entry = entries[relay], entry.turn == turn, var state = entry.state else { return }
    entry.answers[instance.start] = answer
    if let index = state.instances.firstIndex(where: { $0.name == instance.name }) {
      state.instances[index] = RelayInForce.Instance(instance.name, reason: Self.reason(answer))
    }
    entry.state = state
    entries[relay] = entry
    judge(relay)
  }

  private func complain(_ problem: String, _ relay: DeployedRelay, _ turn: Int) {
    guard var entry = entries[relay], entry.turn == turn else { return }
    entry.state?.problem = problem
    entries[relay] = entry
    judge(relay)
  }

  /// Decides whether every instance has confirmed the declaration, and reports what is news.
  private func judge(_ relay: DeployedRelay) {
    guard var entry = entries[relay], var state = entry.state else { return }
    let time = now()
    if !state.instances.isEmpty, state.problem == nil, state.instances.allSatisfy({ $0.reason == nil }) {
      if state.missingSince != nil || state.inForceAt == nil { state.inForceAt = time }
      state.missingSince = nil
      if entry.reported != state.digest || entry.complained != nil {
        entry.reported = state.digest
        entry.complained = nil
        report(.inForce(state), of: relay, entry.report)
      }
    } else {
      if state.missingSince == nil { state.missingSince = time }
      if state.state(at: time) == .notInForce, entry.complained != state.digest {
        entry.complained = state.digest
        report(.notInForce(state), of: relay, entry.report)
      }
    }
    entry.state = state
    entries[relay] = entry
  }

  /// Reports in a task of its own, which a newer declaration of the relay does not cancel.
  private func report(_ news: News, of relay: DeployedRelay, _ report: @escaping Report) {
    reportCount += 1
    let number = reportCount
    reports[number] = Task {
      while !Task.isCancelled {
        do {
          try await report(relay, news)
          break
        } catch {
          try? await Task.sleep(for: .seconds(1))
        }
      }
      self.forgetReport(number)
    }
  }

  private func forgetReport(_ number: Int) { reports[number] = nil }
}
