import CRelaySockets
import Glibc
import ProbePolicy
import RelayCore
import Synchronization

/// What a probe found.
struct ProbeOutcome: Sendable {
  struct Hop: Sendable {
    let number: Int
    /// Nil where nobody answered, or one whose address is not to be known.
    let address: String?
    /// Milliseconds of the answers.
    let times: [Double]
    let reached: Bool
  }

  let kind: RelayConfiguration.Probe.Kind
  let target: String
  let address: String
  let finishedAt: String
  /// Of a ping.
  let sent: Int
  /// Milliseconds of the answers to a ping, in their order.
  let times: [Double]
  /// Of a traceroute.
  let hops: [Hop]
  /// Why it could not be sent.
  let failure: String?

  var reached: Bool { kind == .ping ? !times.isEmpty : hops.contains { $0.reached } }
}

/// Pings and traces routes with unprivileged sockets. Each call waits, so it belongs on a thread that may.
final class Prober: Sendable {
  private struct State {
    var probes: [RelayConfiguration.Probe] = []
    var outcomes: [String: ProbeOutcome] = [:]
    var policy = ProbePolicy()
    var token: String?
    var generation = 0
    var running = 0
    var bucket: (level: Double, at: UInt64) = (Prober.burst, 0)
  }

  static let burst = 5.0
  private static let concurrent = 4
  private static let declaredIntervalSeconds: UInt32 = 30
  /// Where traceroute's probes go, where nothing listens (RFC-less custom of traceroute).
  private static let tracePort: UInt16 = 33_434

  private let state = Mutex(State())
  private let log: RelayLog

  init(log: RelayLog) { self.log = log }

  /// Takes over what is declared; a thread repeats it while there is any.
  func watch(_ probes: [RelayConfiguration.Probe], _ policy: ProbePolicy, token: String?) {
    let generation = state.withLock { state -> Int? in
      state.policy = policy
      state.token = token
      guard probes != state.probes else { return nil }
      state.probes = probes
      state.outcomes = state.outcomes.filter { outcome in probes.contains { $0.name == outcome.key } }
      state.generation += 1
      return probes.isEmpty ? nil : state.generation
    }
    guard let generation else { return }
    do {
      try startThread("probes") { [self] in repeatProbes(generation) }
    } catch {
      log.error(.probesNotStarted, ("reason", error.description))
    }
  }

  private func repeatProbes(_ generation: Int) {
    while true {
      let (probes, policy, current) = state.withLock { ($0.probes, $0.policy, $0.generation) }
      guard current == generation else { return }
      for probe in probes {
        let outcome = run(probe.kind, probe.target, count: 3, timeout: 1_000, policy)
        state.withLock { state in
          if state.generation == generation { state.outcomes[probe.name] = outcome }
        }
      }
      sleep(Self.declaredIntervalSeconds)
    }
  }

  var reports: [ProbeReport] {
    state.withLock { state in state.probes.map { ProbeReport(probe: $0, outcome: state.outcomes[$0.name]) } }
  }

  /// Whether `presented` is the token; nil where none is configured. Takes the same time wherever they differ.
  func accepts(_ presented: String) -> Bool? {
    guard let token = state.withLock({ $0.token }) else { return nil }
    let expected = BLAKE2s.hash(token.utf8)
    let given = BLAKE2s.hash(presented.utf8)
    return zip(expected, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  enum Admission { case admitted, tooMany }

  /// Asks to run a probe; `leave()` follows an admission.
  func enter() -> Admission {
    state.withLock { state in
      let now = relay_clock()
      state.bucket.level = min(Self.burst, state.bucket.level + Double(now - state.bucket.at) / 1e9)
      state.bucket.at = now
      guard state.running < Self.concurrent, state.bucket.level >= 1 else { return .tooMany }
      state.bucket.level -= 1
      state.running += 1
      return .admitted
    }
  }

  func leave() { state.withLock { $0.running -= 1 } }

  /// What is configured; where the one who asks may reach everything, nothing is refused but what is not a host.
  func policy(reachesPrivate: Bool) -> ProbePolicy { reachesPrivate ? ProbePolicy() : state.withLock { $0.policy } }

  private func run(
    _ kind: RelayConfiguration.Probe.Kind, _ target: String, count: Int, timeout: Int32, _ policy: ProbePolicy
  ) -> ProbeOutcome {
    do {
      let address = try TargetPolicy.resolve(target, policy)
      return switch kind {
      case .ping: ping(target, address, count: count, timeout: timeout)
      case .traceroute: trace(target, address, mostHops: 30, timeout: timeout, policy)
      }
    } catch {
      return outcome(kind, target, nil, failure: error.description)
    }
  }

  private func outcome(
    _ kind: RelayConfiguration.Probe.Kind, _ target: String, _ address: Endpoint?, sent: Int = 0, times: [Double] = [],
    hops: [ProbeOutcome.Hop] = [], failure: String? = nil
  ) -> ProbeOutcome {
    ProbeOutcome(
      kind: kind, target: target, address: address?.addressText ?? "", finishedAt: RelayLog.timestamp(), sent: sent,
      times: times, hops: hops, failure: failure)
  }

  /// - Parameter timeout: milliseconds for each answer.
  func ping(_ target: String, _ address: Endpoint, count: Int, timeout: Int32) -> ProbeOutcome {
    let family = address.isIPv4 ? relay_ipv4 : relay_ipv6
    let socket = relay_icmp_open(family)
    guard socket >= 0 else {
      let hint =
        -socket == EACCES || -socket == EPERM
        ? "; allow this group in the sysctl net.ipv4.ping_group_range" : ""
      return outcome(.ping, target, address, failure: "cannot ping: \(Files.reason(-socket))\(hint)")
    }
    defer { close(socket) }
    var times: [Double] = []
    for sequence in 1...max(1, count) {
      let start = relay_clock()
      let error = relay_icmp_send(socket, family, address, UInt16(truncatingIfNeeded: sequence), 0)
      guard error == 0 else {
        return outcome(.ping, target, address, sent: sequence, times: times, failure: Files.reason(error))
      }
      // An answer that comes too late for its request is not taken for the next one's.
      while true {
        let passed = Int32(clamping: (relay_clock() - start) / 1_000_000)
        let answer = relay_icmp_receive(socket, family, max(0, timeout - passed))
        if answer == Int32(UInt16(truncatingIfNeeded: sequence)) { times.append(Double(relay_clock() - start) / 1e6) }
        if answer < 0 || answer == Int32(UInt16(truncatingIfNeeded: sequence)) { break }
      }
    }
    return outcome(.ping, target, address, sent: max(1, count), times: times)
  }

  /// Follows the way to an address. Routers on it that may not be probed count, and have no address in the outcome.
  func trace(
    _ target: String, _ address: Endpoint, mostHops: Int, timeout: Int32, _ policy: ProbePolicy
  ) -> ProbeOutcome {
    let family = address.isIPv4 ? relay_ipv4 : relay_ipv6
    var hops: [ProbeOutcome.Hop] = []
    for number in 1...max(1, mostHops) {
      var destination = address
      destination.meta = destination.meta & ~0xFFFF | UInt64(Self.tracePort &+ UInt16(truncatingIfNeeded: number))
      let socket = relay_trace_open(family, destination)
      guard socket >= 0 else {
        return outcome(.traceroute, target, address, hops: hops, failure: Files.reason(-socket))
      }
      defer { close(socket) }
      var from: String?
      var times: [Double] = []
      var reached = false
      for _ in 0..<2 {
        var hop = relay_hop()
        let start = relay_clock()
        guard relay_trace_hop(socket, family, Int32(number), timeout, &hop) == 0 else { continue }
        times.append(Double(relay_clock() - start) / 1e6)
        from = TargetPolicy.refusal(of: hop.from, policy) == nil ? hop.from.addressText : nil
        reached = reached || hop.reached
      }
      hops.append(ProbeOutcome.Hop(number: number, address: from, times: times, reached: reached))
      // Far beyond the end nobody answers any more.
      let silent = hops.suffix(5).allSatisfy { $0.times.isEmpty } && hops.count >= 5
      if reached || silent { break }
    }
    return outcome(.traceroute, target, address, hops: hops)
  }
}
