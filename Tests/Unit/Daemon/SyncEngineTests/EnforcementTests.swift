import DeploymentPlanning
import ConfigCompiler
import KeyBundles
import RelayWire
import Synchronization
import Testing

@testable import SyncEngine

/// A relay's process, as the protocol sees it.
private final class FakeInstance: Sendable {
  /// What happens to a request.
  enum Behavior: Sendable {
    case answers
    /// The request is lost on the way, so many times.
    case loses(Int)
    /// The files come into force only with this many further questions.
    case isLate(Int)
    /// The process knows another token.
    case lies
    /// Nothing ever answers.
    case hangs
    /// Nobody listens.
    case isGone
  }

  private struct State {
    var behavior: Behavior
    var waiting: DeclaredFiles?
    var inForce: RelayDeclaration?
    var pushes = 0
    var requests = 0
  }

  let name: String
  private let token: String
  private let state: Mutex<State>

  init(_ name: String, token: String, _ behavior: Behavior = .answers, inForce: RelayDeclaration? = nil) {
    self.name = name
    self.token = token
    state = Mutex(State(behavior: behavior, inForce: inForce))
  }

  var pushes: Int { state.withLock { $0.pushes } }
  var requests: Int { state.withLock { $0.requests } }
  var inForce: RelayDeclaration? { state.withLock { $0.inForce } }

  var channel: InstanceChannel {
    InstanceChannel(name, start: name) { request, _ in
      if case .hangs = self.state.withLock({ $0.behavior }) { try await Task.sleep(for: .seconds(3_600)) }
      return try self.answer(request)
    }
  }

  private func answer(_ request: DeclarationExchange.Request) throws -> [UInt8] {
    try state.withLock { state in
      state.requests += 1
      var token = token
      switch state.behavior {
      case .loses(let count) where count > 0:
        state.behavior = .loses(count - 1)
        throw InstanceChannel.Failure("it cannot be reached")
      case .isGone: throw InstanceChannel.Failure("it cannot be reached")
      case .lies: token = String(token.reversed())
      case .answers, .loses, .isLate, .hangs: break
      }
      if token != self.token {
        let liar = DeclarationExchange(token: token)
        return try liar.seal(
          DeclarationAnswer(inForce: .init(serial: .max, digest: "", since: ""), refusal: nil), to: request.body)
      }
      let exchange = DeclarationExchange(token: token)
      if let files = try exchange.open(request: request.body) {
        state.pushes += 1
        if files.declaration.serial > state.inForce?.serial ?? 0 { state.waiting = files }
      }
      if case .isLate(let left) = state.behavior, left > 0 {
        state.behavior = .isLate(left - 1)
      } else if let waiting = state.waiting {
        state.inForce = waiting.declaration
        state.waiting = nil
      }
      let answer = DeclarationAnswer(
        inForce: state.inForce.map { .init(serial: $0.serial, digest: $0.digest, since: "2026-11-23T00:00:00Z") },
        refusal: nil)
      return try exchange.seal(answer, to: request.body)
    }
  }
}

/// A target with relays of which only the protocol is known.
private final class FakeTarget: Target {
  private struct State {
    var files: [DeployedRelay: AppliedFiles] = [:]
    var instances: [DeployedRelay: [FakeInstance]] = [:]
    var nudges: [String] = []
  }

  let kind = "fake"
  private let state = Mutex(State())

  func set(_ files: AppliedFiles, _ instances: [FakeInstance], of relay: DeployedRelay) {
    state.withLock { state in
      state.files[relay] = files
      state.instances[relay] = instances
    }
  }

  var nudges: [String] { state.withLock { $0.nudges } }

  func appliedFiles(of relay: DeployedRelay, in region: String) async throws(TargetError) -> AppliedFiles? {
    state.withLock { $0.files[relay] }
  }

  func instances(of relay: DeployedRelay, in region: String) async throws(TargetError) -> [InstanceChannel] {
    state.withLock { $0.instances[relay] ?? [] }.map(\.channel)
  }

  func nudge(
    _ instance: InstanceChannel, of relay: DeployedRelay, to declaration: RelayDeclaration, in region: String
  ) async {
    state.withLock { $0.nudges.append(instance.name) }
  }

  func inventory(of region: String) async throws(TargetError) -> [LiveObject] { [] }
  func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome { .unchanged }
  func delete(_ object: LiveObject, in region: String) async throws(TargetError) {}
  func installIdentity(_ identity: OrganizationSecret, in region: String) async throws(TargetError) -> ApplyOutcome {
    .unchanged
  }
  func correctDrift(in region: String, declared: [RenderedObject]) async throws(TargetError) -> DriftReport {
    DriftReport()
  }
  func health(of region: String) async throws(TargetError) -> [RelayCondition] { [] }
  func shutDown() async {}
}

/// What was applied comes into force at each instance, or it is known where it does not.
@Suite struct EnforcementTests {
  private static let token = String(repeating: "0a", count: 32)
  private let target = FakeTarget()
  private let time = FakeTime()
  private let log = FakeLog()
  private let enforcement: Enforcement

  private final class FakeTime: Sendable {
    let milliseconds = Mutex<Int64>(1_795_000_000_000)
    var now: Int64 { milliseconds.withLock { $0 } }
  }

  private final class FakeLog: Sendable {
    let news = Mutex<[(DeployedRelay, Enforcement.News)]>([])
  }

  init() { enforcement = Enforcement(region: "eu", target: target, now: { [time] in time.now }) }

  private static func relay(_ name: String = "milan", org: String = "acme") -> DeployedRelay {
    DeployedRelay(org: org, name: name, namespace: "x-\(org)")
  }

  private static func files(_ serial: Int, of relay: DeployedRelay = relay()) throws -> AppliedFiles {
    let contents: [String: [UInt8]] = ["bundle.age": [UInt8(serial % 256)], "config.json": Array("{}".utf8)]
    return AppliedFiles(
      try DeclaredFiles(
        RelayDeclaration(org: relay.org, relay: relay.name, serial: serial, contents: contents), contents),
      token: token)
  }

  private func enforce(_ relay: DeployedRelay = Self.relay()) async {
    await enforcement.enforce(relay) { [log] relay, news in log.news.withLock { $0.append((relay, news)) } }
  }

  private func until(_ seconds: Double = 30, _ isDone: () async throws -> Bool) async throws -> Bool {
    let begin = ContinuousClock.now
    while ContinuousClock.now - begin < .seconds(seconds) {
      if try await isDone() { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  private var inForce: [RelayInForce] {
    log.news.withLock { news in
      news.compactMap { if case .inForce(let state) = $0.1 { state } else { nil } }
    }
  }

  private var missing: [RelayInForce] {
    log.news.withLock { news in
      news.compactMap { if case .notInForce(let state) = $0.1 { state } else { nil } }
    }
  }

  @Test func everyInstanceIsGivenTheFiles() async throws {
    let instances = [FakeInstance("a", token: Self.token), FakeInstance("b", token: Self.token)]
    target.set(try Self.files(7), instances, of: Self.relay())
    await enforce()
    #expect(try await until { inForce.count == 1 })
    let state = try #require(inForce.first)
    #expect(state.serial == 7 && state.instances.map(\.name) == ["a", "b"] && state.reasons == [])
    #expect(state.appliedAt == time.now && state.inForceAt == time.now && state.state(at: .max) == .inForce)
    #expect(instances.allSatisfy { $0.inForce?.serial == 7 && $0.pushes == 1 })

    // The next files, and no record of the earlier ones again.
    target.set(try Self.files(9), instances, of: Self.relay())
    time.milliseconds.withLock { $0 += 500 }
    await enforce()
    #expect(try await until { inForce.count == 2 })
    #expect(inForce.map(\.serial) == [7, 9] && instances.allSatisfy { $0.inForce?.serial == 9 })
    let (done, total) = await enforcement.count(of: [Self.relay()])
    #expect((done, total) == (1, 1))
    await enforcement.end()
    #expect(missing.isEmpty && target.nudges.isEmpty)
  }

  /// A push that is lost is repeated, and the platform is asked to refresh the files itself.
  @Test func aLostPushIsRepeated() async throws {
    let instance = FakeInstance("a", token: Self.token, .loses(3))
    target.set(try Self.files(7), [instance], of: Self.relay())
    await enforce()
    #expect(try await until { inForce.count == 1 })
    #expect(instance.pushes == 1 && target.nudges == ["a"])
    await enforcement.end()
  }

  /// An instance that takes its time is asked again, and is given the files seldom.
  @Test func aLateInstanceIsAskedAgain() async throws {
    let instance = FakeInstance("a", token: Self.token, .isLate(5))
    target.set(try Self.files(7), [instance], of: Self.relay())
    await enforce()
    #expect(try await until { inForce.count == 1 })
    #expect(instance.pushes == 1 && instance.requests == 6)
    await enforcement.end()
  }

  /// Whoever has the address without the token confirms nothing, however long it answers.
  @Test func aLiarConfirmsNothing() async throws {
    let liar = FakeInstance("liar", token: Self.token, .lies)
    target.set(try Self.files(7), [FakeInstance("a", token: Self.token), liar], of: Self.relay())
    await enforce()
    #expect(try await until { liar.requests > 2 })
    #expect(await enforcement.states[Self.relay()]?.state(at: time.now) == .pending && missing.isEmpty)
    time.milliseconds.withLock { $0 += RelayInForce.patience }
    #expect(try await until { missing.count == 1 })
    let state = try #require(missing.first)
    #expect(state.reasons == ["liar: what answers there does not have the relay's token"])
    #expect(state.state(at: time.now) == .notInForce)
    // It is said once, and the instance that has the token is in force.
    #expect(try await until { liar.requests > 6 } && missing.count == 1 && inForce.isEmpty)
    #expect(state.instances.first { $0.name == "a" }?.reason == nil)
    await enforcement.end()
  }

  /// A pod that is killed in the middle is nobody to wait for; its successor is.
  @Test func aKilledInstanceIsReplaced() async throws {
    let killed = FakeInstance("killed", token: Self.token, .hangs)
    target.set(try Self.files(7), [killed], of: Self.relay())
    await enforce()
    #expect(try await until { await enforcement.states[Self.relay()]?.instances.count == 1 })
    let next = FakeInstance("next", token: Self.token)
    target.set(try Self.files(7), [next], of: Self.relay())
    #expect(try await until { inForce.count == 1 })
    #expect(inForce.first?.instances.map(\.name) == ["next"] && next.pushes == 1)
    await enforcement.end()
  }

  /// An instance that has newer files says so; nothing is recorded.
  @Test func aNewerSerialIsNamed() async throws {
    let newer = try Self.files(8).files.declaration
    let instance = FakeInstance("a", token: Self.token, inForce: newer)
    target.set(try Self.files(7), [instance], of: Self.relay())
    await enforce()
    #expect(try await until { instance.requests > 1 })
    #expect(
      try await until {
        await enforcement.states[Self.relay()]?.reasons == ["a: it has serial 8 in force, which is newer than 7"]
      })
    #expect(instance.inForce == newer && inForce.isEmpty)
    await enforcement.end()
  }

  /// After a start, relays are asked first, and only those that lack the files are given them.
  @Test func relaysAreAskedAfterAStart() async throws {
    let (current, late) = (Self.relay("current"), Self.relay("late"))
    let instances = [
      FakeInstance("a", token: Self.token, inForce: try Self.files(7, of: current).files.declaration),
      FakeInstance("b", token: Self.token),
    ]
    target.set(try Self.files(7, of: current), [instances[0]], of: current)
    target.set(try Self.files(7, of: late), [instances[1]], of: late)
    await enforcement.follow([current, late, Self.relay("unknown")]) { [log] relay, news in
      log.news.withLock { $0.append((relay, news)) }
    }
    #expect(try await until { inForce.count == 2 })
    #expect(instances.map(\.pushes) == [0, 1] && inForce.allSatisfy { $0.appliedAt == 7 })
    #expect(try await until { await Set(enforcement.states.keys) == [current, late] })
    await enforcement.follow([late]) { _, _ in }
    #expect(await Set(enforcement.states.keys) == [late])
    await enforcement.end()
  }

  /// Relays of one organization that do not answer delay nobody.
  @Test func whatDoesNotAnswerDelaysNoOther() async throws {
    for number in 0..<60 {
      let relay = Self.relay("relay-\(number)", org: "silent")
      target.set(
        try Self.files(7, of: relay), [FakeInstance("a", token: Self.token, number % 2 == 0 ? .hangs : .isGone)],
        of: relay)
      await enforce(relay)
    }
    target.set(try Self.files(7), [FakeInstance("a", token: Self.token)], of: Self.relay())
    let begin = ContinuousClock.now
    await enforce()
    #expect(try await until { inForce.count == 1 })
    #expect(ContinuousClock.now - begin < .seconds(8))
    await enforcement.end()
  }

  /// News that cannot be recorded are tried again.
  @Test func aRecordIsTriedAgain() async throws {
    target.set(try Self.files(7), [FakeInstance("a", token: Self.token)], of: Self.relay())
    let attempts = Mutex(0)
    await enforcement.enforce(Self.relay()) { _, _ in
      let number = attempts.withLock { count in
        count += 1
        return count
      }
      if number == 1 { throw InstanceChannel.Failure("the log is away") }
    }
    #expect(try await until { attempts.withLock { $0 } == 2 })
    await enforcement.end()
  }
}

@Suite struct DeclarationSerialTests {
  private static let files: [String: [UInt8]] = ["bundle.age": [1], "config.json": [2], "cluster.key": [3]]

  private func declare(
    _ files: [String: [UInt8]] = files, after last: RelayDeclaration? = nil, above floor: Int = 0, now: Int64
  ) throws -> RelayDeclaration {
    try RelayDeclaration(of: files, org: "acme", relay: "milan", after: last, above: floor, signer: nil, now: now)
  }

  @Test func theSerialGrowsWithTheFilesAlone() throws {
    let first = try declare(now: 1_000)
    #expect(first.serial == 1_000 && first.files.keys.sorted() == ["bundle.age", "config.json"])
    #expect(try declare(after: first, now: 2_000) == first)
    var changed = Self.files
    changed["cluster.key"] = [4]
    #expect(try declare(changed, after: first, now: 2_000) == first)
    changed["bundle.age"] = [4]
    let second = try declare(changed, after: first, now: 2_000)
    #expect(second.serial == 2_000)
    // A clock that was set back.
    #expect(try declare(after: second, now: 1_500).serial == 2_001)
    // Relays may have seen a declaration that is not ours.
    #expect(try declare(changed, after: second, above: 5_000, now: 3_000).serial == 5_001)
    #expect(try declare(changed, after: second, above: 1_999, now: 3_000) == second)
    #expect(try declare(now: -5).serial == 1)
  }

  /// The declaration of another relay counts for nothing but its serial.
  @Test func anotherRelaysDeclarationIsNotKept() throws {
    let other = try RelayDeclaration(of: Self.files, org: "acme", relay: "rome", after: nil, signer: nil, now: 1_000)
    let own = try declare(after: other, now: 500)
    #expect(own.relay == "milan" && own.serial == 1_001)
  }
}
