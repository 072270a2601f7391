import CRelayCore
import CRelaySockets
import Glibc
import RelayCore
import WpexVersion

/// A relay from its command line to its end.
package struct Relay: Sendable {
  private let control: ControlLoop
  private let workers: [ForwardingWorker]
  private let log: RelayLog

  /// Where data is received.
  package let port: UInt16
  /// Where HTTP is answered, 0 where it is not.
  package let httpPort: Int

  /// Reads everything, opens everything and starts all threads but the control thread.
  ///
  /// - Throws: `RelayFailure` where a file or flag cannot be used or the system refuses.
  package init(_ options: RelayOptions) throws(RelayFailure) {
    let log = RelayLog(debugging: options.debug)
    self.log = log
    let configuration = try Self.configuration(options)
    let sources = KeySources(allow: options.allow, bundles: options.bundles, identity: options.identity)
    let keys = try sources.load(configured: configuration.keys)
    guard !keys.isEmpty || options.open else {
      throw RelayFailure(
        .invalid,
        "no key may use this relay: give --allow KEY, --bundle FILE with --identity FILE, or keys in --config FILE; "
          + "--open lets everybody use it")
    }
    let inheritance = options.state.flatMap(Handover.take)
    let count = options.workers ?? Processors.allowed
    let sockets: SocketSet
    if let inheritance {
      sockets = try SocketSet(
        adopting: inheritance.descriptors, bind: options.bind, port: options.port, count: count)
    } else {
      sockets = try SocketSet(bind: options.bind, port: options.port, count: count)
    }
    port = sockets.port

    var limits = RelayLimits()
    limits.sessions = options.maxSessions
    let random = Self.random
    let table = SessionTable(
      capacity: limits.sessions, secret: (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)))
    let switches = DataPathSwitches()
    let meters = Meters(capacity: max(1_024, keys.count * 2))
    let doorbell = Doorbell()
    var workers: [ForwardingWorker] = []
    for (index, pair) in sockets.pairs.enumerated() {
      for receiving in [pair.ipv4, pair.ipv6].compactMap({ $0 }) {
        // A pair that lacks a family borrows the first pair's, so that packets cross from one to the other.
        let sending = SocketPair(ipv4: pair.ipv4 ?? sockets.pairs[0].ipv4, ipv6: pair.ipv6 ?? sockets.pairs[0].ipv6)
        workers.append(
          ForwardingWorker(
            processor: index % max(1, Int(relay_processor_count())), receiving: receiving, sending: sending,
            table: table, switches: switches, meters: meters, doorbell: doorbell))
      }
    }
    self.workers = workers

    var machine = RelayMachine(
      limits: limits, table: table, counters: CounterBlock(), isOpen: options.open && keys.isEmpty,
      at: ControlLoop.now, random: random)
    machine.replaceKeys(keys, at: ControlLoop.now)
    Self.restore(&machine, options, inheritance, log)
    control = ControlLoop(
      ControlLoop.Parts(
        table: table, switches: switches, meters: meters, workers: workers, sockets: sockets, doorbell: doorbell,
        options: options, sources: sources, log: log, configuration: configuration, keys: keys),
      machine: machine)

    for (index, worker) in workers.enumerated() {
      let pinned = count > 1 || options.workers != nil
      try startThread("worker-\(index)") { worker.run(pinned: pinned) }
    }
    Self.warn(sockets, log)
    if let state = options.state {
      let listener = relay_unix_listen(Handover.path(for: state))
      if listener >= 0 {
        let control = control
        try startThread("handover") { Handover.serve(listener, control, sockets: sockets, log: log) }
      } else {
        log.warning(.handoverUnavailable, ("reason", Files.reason(-listener)))
      }
    }
    httpPort = try Self.serveHTTP(options, control, isSuccessor: inheritance != nil)
    log.info(
      .started, ("version", WpexVersion.text), ("port", String(port)), ("keys", String(keys.count)),
      ("open", String(options.open)), ("workers", String(workers.count)),
      ("http", httpPort == 0 ? "off" : String(httpPort)))
  }

  /// Decides until a signal or a successor ends it.
  package func run() {
    relay_lower_priority(5)
    let handedOver = control.run()
    log.info(.stopped, ("handed_over", String(handedOver)))
  }

  /// Ends `run()`. Can be called from any thread.
  package func stop() { control.ask(.stop) }

  /// Reads keys and configuration anew.
  package func reload() { control.ask(.reload { _ in }) }

  static func configuration(_ options: RelayOptions) throws(RelayFailure) -> RelayConfiguration {
    guard let path = options.configuration else { return RelayConfiguration() }
    do {
      return try RelayConfiguration(parsing: try Files.read(path))
    } catch {
      throw RelayFailure(error.kind, error.kind == .invalid ? "\(path): \(error.description)" : error.description)
    }
  }

  private static func serveHTTP(
    _ options: RelayOptions, _ control: ControlLoop, isSuccessor: Bool
  ) throws(RelayFailure) -> Int {
    guard let address = options.statistics else { return 0 }
    guard let (host, port) = Endpoint.split(address) else {
      throw RelayFailure(.invalid, "--stats takes an address such as 127.0.0.1:8080 or :8080, not \(address)")
    }
    return try StatisticsServer(host: host, port: port, routes: RelayRoutes(control: control)).port ?? 0
  }

  private static func restore(
    _ machine: inout RelayMachine, _ options: RelayOptions, _ inheritance: Handover.Inheritance?, _ log: RelayLog
  ) {
    let snapshot: [UInt8]
    if let inheritance {
      snapshot = inheritance.snapshot
    } else if let path = options.state, Files.exists(path) {
      guard let bytes = try? Files.read(path) else {
        return log.warning(.stateUnreadable, ("path", path), ("effect", "peers shake hands again"))
      }
      snapshot = bytes
    } else {
      return
    }
    do {
      let sessions = try machine.restore(snapshot, at: ControlLoop.now, wallClock: UInt64(clamping: time(nil)))
      log.info(
        .stateRestored, ("sessions", String(sessions)), ("from", inheritance == nil ? "file" : "running relay"))
    } catch {
      log.warning(.stateRefused, ("reason", error.description))
    }
  }

  private static func warn(_ sockets: SocketSet, _ log: RelayLog) {
    if sockets.receiveBuffer < SocketSet.wantedBuffer {
      log.warning(
        .smallReceiveBuffer, ("bytes", String(sockets.receiveBuffer)), ("wanted", String(SocketSet.wantedBuffer)),
        ("advice", "set net.core.rmem_max and net.core.wmem_max to \(SocketSet.wantedBuffer)"))
    }
    if !sockets.receivesCoalesced { log.warning(.noReceiveCoalescing, ("effect", "more processor time per packet")) }
    if !sockets.sendsSegmented { log.warning(.noSendSegmentation, ("effect", "more processor time per packet")) }
  }

  private static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}

/// How many processors this process may use.
enum Processors {
  /// By affinity and by the quota of the cgroup, at least 1.
  static var allowed: Int { max(1, min(Int(relay_processor_count()), quota ?? .max)) }

  /// `cpu.max` of cgroup v2: microseconds of a period, rounded up to whole processors.
  private static var quota: Int? {
    guard let bytes = try? Files.read("/sys/fs/cgroup/cpu.max") else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), period > 0 else { return nil }
    return max(1, (quota + period - 1) / period)
  }
}
