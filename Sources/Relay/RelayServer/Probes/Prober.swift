import CRelaySockets
import Glibc
import KeyBundles
import ProbePolicy
import RelayCore
import Synchronization

/// Pings targets and traces routes through unprivileged sockets. `ping` and `trace` block, so call them on a thread
/// that may wait.
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

  /// Number of probes on demand that may start at once after a pause; the budget refills by one per second.
  static let burst = 5.0
  private static let concurrent = 4
  private static let declaredIntervalSeconds: UInt32 = 30
  /// Traceroute's conventional base port (33434), on which no service is expected.
  private static let tracePort: UInt16 = 33_434

  private let state = Mutex(State())
  private let log: RelayLog

  init(log: RelayLog) { self.log = log }

  /// Replaces the declared probes, the policy and the token. A thread repeats the probes as long as there are any.
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

  /// Declared probes and their latest results.
  var reports: [ProbeReport] {
    state.withLock { state in state.probes.map { ProbeReport(probe: $0, outcome: state.outcomes[$0.name]) } }
  }

  /// Returns whether `presented` is the token; nil if none is configured. It compares digests in constant time.
  func accepts(_ presented: String) -> Bool? {
    guard let token = state.withLock({ $0.token }) else { return nil }
    let expected = BLAKE2s.hash(token.utf8)
    let given = BLAKE2s.hash(presented.utf8)
    return ConstantTime.isEqual(expected, given)
  }

  /// Whether a probe on demand may run.
  enum Admission { case admitted, tooMany }

  /// Asks to run a probe; if admitted, call `leave()` afterwards.
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

  /// Ends an admitted probe.
  func leave() { state.withLock { $0.running -= 1 } }

  /// Returns the policy for a probe: the configured one, or one without restrictions if the caller may reach private
  /// targets.
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

  /// Sends `count` echo requests, one after another.
  ///
  /// - Parameter timeout: Milliseconds to wait for each reply.
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
      // A reply that arrives after its timeout must not count for the next request.
      while true {
        let passed = Int32(clamping: (relay_clock() - start) / 1_000_000)
        let answer = relay_icmp_receive(socket, family, max(0, timeout - passed))
        if answer == Int32(UInt16(truncatingIfNeeded: sequence)) { times.append(Double(relay_clock() - start) / 1e6) }
        if answer < 0 || answer == Int32(UInt16(truncatingIfNeeded: sequence)) { break }
      }
    }
    return outcome(.ping, target, address, sent: max(1, count), times: times)
  }

  /// Traces the route to an address. Routers that may not be probed count as hops, but without an address.
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
      // Five silent hops in a row: the rest of the route will not answer either.
      let silent = hops.suffix(5).allSatisfy { $0.times.isEmpty } && hops.count >= 5
      if reached || silent { break }
    }
    return outcome(.traceroute, target, address, hops: hops)
  }
}
