import CRelayCore
import CRelaySockets
import Glibc
import KeyBundles
import RelayCore
import RelayWire
import TextFormats

/// A relay, from its command line to its end.
package struct Relay: Sendable {
  private let control: ControlLoop
  private let workers: [ForwardingWorker]
  private let log: RelayLog

  /// Bound UDP port.
  package let port: UInt16
  /// Bound HTTP port; 0 if there is none.
  package let httpPort: Int

  /// Reads all files, opens all sockets, and starts all threads except the control thread.
  ///
  /// - Throws: `RelayServerError` if a file or flag is invalid or the system refuses.
  package init(_ options: RelayOptions) throws(RelayServerError) {
    relay_keep_names_static()
    let log = RelayLog(debugging: options.debug)
    self.log = log
    try options.validate()
    var options = options
    options.state = try options.state.map(Files.stateFile)
    var files = RelayFiles(options)
    let content = try files.read(try Self.declared(files.declarations, log))
    let keys = content.keys.keys
    guard !content.lacksKeys else {
      throw RelayServerError(
        .invalid,
        "no key can use this relay: give --allow KEY, --bundle FILE with --identity FILE, or keys in --config FILE; "
          + "--open lets anyone use it")
    }
    let address = try Self.statisticsAddress(options)
    try Self.requireDescriptors(options)
    // A running relay continues until this one is ready.
    let inheritance = if let state = options.state { try Inheritance(of: state) } else { nil as Inheritance? }
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
    let table = SessionTable(
      capacity: limits.sessions, secret: (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)))
    let switches = DataPathSwitches()
    let meters = Meters(capacity: max(1_024, keys.count * 2))
    let doorbell = Doorbell()
    let channel: ClusterChannel? =
      if let cluster = content.cluster { try ClusterChannel(cluster.control, doorbell: doorbell) } else { nil }
    var workers: [ForwardingWorker] = []
    for (index, pair) in sockets.pairs.enumerated() {
      for receiving in [pair.ipv4, pair.ipv6].compactMap({ $0 }) {
        // A pair without one family borrows that of the first pair, so that packets can cross between families.
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
      at: ControlLoop.now, random: { RandomToken.bytes(count: $0) })
    machine.replaceKeys(keys, access: content.keys.access, at: ControlLoop.now)
    if let control = content.cluster?.control {
      machine.joinCluster(
        id: UInt64.random(in: 1 ... .max), keys: content.clusterKeys, control: control,
        data: Endpoint(high: control.high, low: control.low, meta: control.meta & ~0xFFFF | UInt64(sockets.port)),
        at: ControlLoop.now)
      switches.isMember = true
    }
    control = ControlLoop(
      ControlLoop.Parts(
        table: table, switches: switches, meters: meters, workers: workers, sockets: sockets, doorbell: doorbell,
        options: options, files: files, content: content, log: log, channel: channel),
      machine: machine)

    for (index, worker) in workers.enumerated() {
      let pinned = count > 1 || options.workers != nil
      try startThread("worker-\(index)") { worker.run(pinned: pinned) }
    }
    if address != nil { try control.board.start() }
    httpPort =
      if let address {
        try StatisticsServer(
          host: address.host, port: address.port, routes: RelayRoutes(control: control),
          acceptFails: { log.error(.acceptFails, ("reason", $0)) }
        ).port ?? 0
      } else { 0 }
    if let inheritance {
      control.restore(try inheritance.takeSnapshot(), from: "running relay")
      try inheritance.confirm()
    } else {
      Self.restore(control, options, log)
    }
    try channel?.start()
    try control.names?.start()
    // From here on, nothing can fail.
    workers.forEach { $0.resume() }
    Self.warn(sockets, log)
    Self.offerHandover(options, control, sockets, log)
    if keys.isEmpty, !options.open { log.warning(.noKeys) }
    log.info(
      .started, ("version", WpexVersion.text), ("port", String(port)), ("keys", String(keys.count)),
      ("open", String(options.open)), ("workers", String(workers.count)),
      ("http", httpPort == 0 ? "off" : String(httpPort)))
  }

  /// Runs the control thread until a signal or a successor ends it.
  package func run() {
    relay_lower_priority(5)
    let handedOver = control.run()
    log.info(.stopped, ("handed_over", String(handedOver)))
  }

  /// Ends `run()`. Callable from any thread.
  package func stop() { control.ask(.stop(handedOver: false)) }

  /// Reloads keys and configuration. Callable from any thread.
  package func reload() { control.ask(.reload { _ in }) }

  /// Returns the newest declared files: those beside the configuration, or those that an earlier process had in force.
  ///
  /// - Throws: `RelayServerError` if there are declared files, and none of them can be used.
  private static func declared(_ source: DeclarationSource?, _ log: RelayLog) throws(RelayServerError) -> DeclaredFiles?
  {
    guard let source else { return nil }
    var kept: DeclaredFiles?
    do throws(RelayServerError) {
      kept = try source.readKept()
    } catch {
      log.warning(
        .stateUnreadable, ("path", source.kept ?? ""), ("effect", "the files beside the configuration are used"),
        ("reason", error.description))
    }
    do throws(RelayServerError) {
      return try DeclarationSource.newer(inForce: kept, found: try source.read())
    } catch {
      guard let kept else { throw error }
      log.error(
        .reloadFailed, ("reason", error.description),
        ("kept", "the files with serial \(kept.declaration.serial), from \(source.kept ?? "")"))
      return kept
    }
  }

  private static func statisticsAddress(_ options: RelayOptions) throws(RelayServerError) -> HostPort? {
    guard let address = options.statistics else { return nil }
    guard let parts = HostPort(address) else {
      throw RelayServerError(.invalid, "--stats needs an address such as 127.0.0.1:8080 or :8080, not \(address)")
    }
    return parts
  }

  /// Checked first, because running out of descriptors later would end the process without a message.
  private static func requireDescriptors(_ options: RelayOptions) throws(RelayServerError) {
    let error = relay_check_descriptors(options.statistics == nil ? 8 : 24)
    guard error == 0 else {
      throw RelayServerError(
        .system,
        "cannot open the descriptors that a relay needs: \(Files.reason(error)); raise `ulimit -n` (LimitNOFILE=), and allow eventfd, epoll and timerfd"
      )
    }
  }

  private static func offerHandover(
    _ options: RelayOptions, _ control: ControlLoop, _ sockets: SocketSet, _ log: RelayLog
  ) {
    guard let state = options.state else { return }
    let secret: [UInt8]
    do {
      secret = try Handover.makeSecret(for: state)
    } catch {
      return log.warning(.handoverUnavailable, ("reason", error.description))
    }
    let listener = relay_unix_listen(Handover.path(for: state))
    guard listener >= 0 else { return log.warning(.handoverUnavailable, ("reason", Files.reason(-listener))) }
    do {
      try startThread("handover") { Handover.serve(listener, control, sockets: sockets, secret: secret, log: log) }
    } catch {
      close(listener)
      log.warning(.handoverUnavailable, ("reason", error.description))
    }
  }

  private static func restore(_ control: ControlLoop, _ options: RelayOptions, _ log: RelayLog) {
    guard let path = options.state, Files.exists(path) else { return }
    guard let bytes = try? Files.read(path) else {
      return log.warning(.stateUnreadable, ("path", path), ("effect", "peers repeat their handshakes"))
    }
    control.restore(bytes, from: "file")
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
}
