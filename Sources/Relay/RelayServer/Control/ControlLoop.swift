import CRelayCore
import CRelaySockets
import Glibc
import KeyBundles
import RelayCore
import RelayWire
import Synchronization

/// The control thread: owns the relay's state machine, handles events from workers, and reloads files.
///
/// `@unchecked Sendable`: after `init`, only the control thread uses its state, except for the mailbox, which has a
/// lock, and atomics.
final class ControlLoop: @unchecked Sendable {
  /// Events of one worker handled before other work gets a turn.
  private static let eventsPerTurn = 256
  private static let ticksPerSecond: UInt64 = 50
  private static let fileCheckMilliseconds: UInt64 = 250
  /// Time in which files are replaced one after the other.
  private static let changingSeconds: UInt64 = 2
  private static let snapshotSeconds: UInt64 = 10
  private static let sendCalmSeconds: UInt64 = 300
  /// Milliseconds between two looks at the cluster.
  private static let clusterMilliseconds: Int32 = 20

  let doorbell: Doorbell
  let prober: Prober
  let board = ReportBoard()
  /// When the control thread last began a turn, in nanoseconds of the relay's clock.
  private let heartbeat = Atomic<UInt64>(0)
  private let readiness = Atomic<UInt8>(Readiness.noKey.rawValue)
  private let mailbox = Mutex<[ControlRequest]>([])
  /// Protocol for declarations, with the current token; nil without a token.
  private let exchange = Mutex<DeclarationExchange?>(nil)
  private var machine: RelayMachine
  private let table: SessionTable
  private let switches: DataPathSwitches
  private let meters: Meters
  private let workers: [ForwardingWorker]
  private var sockets: SocketSet
  private var nextAddressCheck = Instant.start
  private var history = TrafficHistory()
  /// Why nothing can be received; nil if receiving works.
  private var receiveFailure: String?
  /// Errno of this thread's own sending since the last check; 0 if it works.
  private var sendError: Int32 = 0
  /// When each errno of sending was last seen.
  private var sendErrors: [Int32: Instant] = [:]
  private let options: RelayOptions
  private var files: RelayFiles
  /// Socket of the cluster; nil if the relay is alone.
  private let channel: ClusterChannel?
  /// Membership with which the process started; nil if the relay is alone.
  private let cluster: ClusterSettings?
  /// Names under which other members may be; nil if the relay is alone.
  private(set) var names: ClusterNames?
  private let log: RelayLog
  private let startedAt: Instant

  private var configuration: RelayConfiguration
  private var keys: [AllowedKey]
  /// The declared files in force; nil if the files came without a declaration.
  private var inForce: FilesInForce?
  /// Since when files have not matched their declaration; nil if they match.
  private var changingSince: Instant?
  private var loadedAt = RelayLog.timestamp()
  private var reloads: UInt64 = 0
  private var failedReloads: UInt64 = 0
  private var reloadFailure: String?
  private var lastSnapshot = Instant.start
  private var snapshotHandshakes: UInt64 = 0
  private var handedOver = false
  /// When the process ends, once it has received SIGTERM.
  private var drainedAt: Instant?
  private var running = true

  /// Collaborators of the control thread.
  struct Parts {
    let table: SessionTable
    let switches: DataPathSwitches
    let meters: Meters
    let workers: [ForwardingWorker]
    let sockets: SocketSet
    let doorbell: Doorbell
    let options: RelayOptions
    let files: RelayFiles
    let content: RelayFiles.Content
    let log: RelayLog
    let channel: ClusterChannel?
  }

  init(_ parts: Parts, machine: consuming RelayMachine) {
    self.machine = machine
    table = parts.table
    switches = parts.switches
    meters = parts.meters
    workers = parts.workers
    sockets = parts.sockets
    doorbell = parts.doorbell
    options = parts.options
    files = parts.files
    channel = parts.channel
    cluster = parts.content.cluster
    log = parts.log
    configuration = parts.content.configuration
    keys = parts.content.keys.keys
    startedAt = Self.now
    prober = Prober(log: parts.log)
    names = cluster.map { cluster in ClusterNames(cluster.places) { [weak self] in self?.ask(.places($0)) } }
    if let declared = parts.content.declared { use(declared) }
    apply(parts.content.configuration)
    history.note(RecentTraffic(), at: startedAt)
    heartbeat.store(startedAt.nanoseconds, ordering: .relaxed)
    noteReadiness()
  }

  /// Seconds since the control thread last began a turn. Callable from any thread.
  var silentSeconds: UInt64 { Self.now.since(Instant(nanoseconds: heartbeat.load(ordering: .relaxed))) / 1_000_000_000 }

  /// Readiness of the relay to forward packets.
  enum Readiness: UInt8 {
    case ready
    /// No key may use the relay.
    case noKey
    /// Nothing can be received.
    case noReceiving
    /// The copy of what the cluster knows is not complete yet.
    case noCopy
    /// The process ends soon, and forwards what still arrives.
    case draining
  }

  /// Protocol for declarations; nil if the configuration has no token. Callable from any thread.
  var declarationExchange: DeclarationExchange? { exchange.withLock { $0 } }

  /// Current readiness. Callable from any thread.
  var currentReadiness: Readiness { Readiness(rawValue: readiness.load(ordering: .relaxed)) ?? .noKey }

  private func noteReadiness() {
    let current: Readiness =
      if drainedAt != nil {
        .draining
      } else if keys.isEmpty, !options.open {
        .noKey
      } else if receiveFailure != nil {
        .noReceiving
      } else {
        machine.hasCopy ? .ready : .noCopy
      }
    readiness.store(current.rawValue, ordering: .relaxed)
  }

  /// The relay's clock.
  static var now: Instant { Instant(nanoseconds: relay_clock()) }

  /// Sends a request from another thread; callbacks run on the control thread.
  func ask(_ request: ControlRequest) {
    mailbox.withLock { $0.append(request) }
    doorbell.ring()
  }

  /// Restores the state of an earlier process, or logs why it cannot be used. Call it before `run()`.
  func restore(_ snapshot: [UInt8], from source: String) {
    do {
      let sessions = try machine.restore(
        snapshot, at: Self.now, wallClock: UInt64(clamping: time(nil)), boot: BootIdentity.bytes)
      log.info(.stateRestored, ("sessions", String(sessions)), ("from", source))
    } catch {
      log.warning(.stateRefused, ("reason", error.description))
    }
  }

  /// Runs until a stop request.
  ///
  /// - Returns: Whether another process has taken over.
  func run() -> Bool {
    var nextSecond = Self.now
    var nextFileCheck = Self.now
    var nextTick = Self.now
    while running {
      let now = Self.now
      heartbeat.store(now.nanoseconds, ordering: .relaxed)
      serveWorkers()
      serveRequests()
      serveCluster(at: now)
      if now >= nextTick, switches.metered {
        machine.grant(meters, configuration.caps, ticksPerSecond: Self.ticksPerSecond, at: now)
        nextTick = now.advanced(milliseconds: 1_000 / Self.ticksPerSecond)
      }
      if now >= nextFileCheck {
        reloadIfChanged(at: now)
        nextFileCheck = now.advanced(milliseconds: Self.fileCheckMilliseconds)
      }
      machine.endWaiting(at: now)
      sendOutbox()
      if let drainedAt, now >= drainedAt { running = false }
      if now >= nextSecond {
        machine.advance(to: now)
        channel?.setKnown(machine.clusterEndpoints)
        watchSockets(at: now)
        history.note(traffic, at: now)
        saveIfDue(at: now)
        nextSecond = now.advanced(seconds: 1)
      }
      flush(at: now)
      var timeout: Int32 = switches.metered ? Int32(1_000 / Self.ticksPerSecond) : Int32(Self.fileCheckMilliseconds)
      if let deadline = machine.nextMeetingDeadline {
        timeout = min(timeout, Int32(clamping: deadline.since(now) / 1_000_000 + 1))
      }
      // Idle relays are many on one host, and each turn takes time from the others. A new member's first datagram rings.
      if !machine.isAlone { timeout = min(timeout, machine.isCopying ? 1 : Self.clusterMilliseconds) }
      sendToCluster()
      doorbell.wait(milliseconds: timeout) { hasWork }
    }
    machine.leaveCluster(at: Self.now)
    sendToCluster()
    workers.forEach { $0.stop() }
    if !handedOver { save() }
    return handedOver
  }

  private var hasWork: Bool {
    workers.contains { !$0.events.isEmpty } || mailbox.withLock { !$0.isEmpty } || channel?.hasDatagrams == true
  }

  private func serveCluster(at now: Instant) {
    guard let channel else { return }
    let (datagrams, dropped) = channel.take()
    if dropped > 0 { machine.countRefusedClusterDatagrams(dropped) }
    for datagram in datagrams {
      machine.receiveClusterDatagram(datagram.bytes, from: datagram.source, at: Self.now)
      sendOutbox()
    }
    machine.advanceCluster(to: now)
    noteReadiness()
  }

  private func sendToCluster() {
    guard let channel else { return }
    for (endpoint, bytes) in machine.takeClusterDatagrams() where channel.send(bytes, to: endpoint) != 0 {
      machine.counters.drop(.sendFailed)
    }
    for (endpoint, bytes) in machine.takeGreetings() {
      let pair = sockets.pairs.first
      guard let socket = endpoint.isIPv4 ? pair?.ipv4 : pair?.ipv6 else { continue }
      let family = endpoint.isIPv4 ? relay_ipv4 : relay_ipv6
      if relay_send_one(socket, family, endpoint, bytes, bytes.count, 0) != 0 { machine.counters.drop(.sendFailed) }
    }
  }

  private func serveWorkers() {
    for worker in workers {
      for _ in 0..<Self.eventsPerTurn {
        guard let event = worker.events.pop() else { break }
        machine.receive(event)
        sendOutbox()
      }
    }
  }

  private func sendOutbox() {
    for transmission in machine.outbox {
      let isIPv4 = transmission.to.isIPv4
      let pair = sockets.pairs.first
      guard let socket = isIPv4 ? pair?.ipv4 : pair?.ipv6 else {
        machine.counters.drop(.sendFailed)
        continue
      }
      let error = relay_send_one(
        socket, isIPv4 ? relay_ipv4 : relay_ipv6, transmission.to, transmission.bytes, transmission.bytes.count,
        transmission.trafficClass)
      switch error {
      case 0:
        machine.counters.add(.sendCalls)
        machine.counters.add(.sentMessages)
        machine.counters.add(.forwardedPackets)
        machine.counters.add(.forwardedBytes, UInt64(transmission.bytes.count))
      case EAGAIN, ENOBUFS: machine.counters.drop(.sendBufferFull)
      default:
        sendError = error
        machine.counters.drop(.sendFailed)
      }
    }
    machine.outbox.removeAll(keepingCapacity: true)
  }

  /// Logs problems of the sockets that workers cannot log themselves, and follows changes of the host's addresses.
  private func watchSockets(at now: Instant) {
    watchReceiving()
    for error in Set(workers.map { $0.takeSendError() } + [sendError]) where error != 0 {
      noteSendError(error, at: now)
    }
    sendError = 0
    guard !sockets.answersByAddress, now >= nextAddressCheck else { return }
    nextAddressCheck = now.advanced(seconds: 10)
    if sockets.followAddresses(bind: options.bind) { log.info(.severalAddresses) }
  }

  private func watchReceiving() {
    let failure = workers.lazy.map(\.receiveFailure).first { $0 != 0 } ?? 0
    let reason = failure == 0 ? nil : Files.reason(failure)
    guard reason != receiveFailure else { return }
    switch (receiveFailure, reason) {
    case (nil, let reason?): log.error(.receiveFails, ("reason", reason), ("effect", "nothing is forwarded"))
    case (_?, nil): log.info(.receivesAgain)
    default: break
    }
    receiveFailure = reason
    noteReadiness()
  }

  /// Logs why sending fails, once for as long as it keeps failing.
  private func noteSendError(_ error: Int32, at now: Instant) {
    let last = sendErrors.updateValue(now, forKey: error)
    if let last, now.since(last) < Self.sendCalmSeconds * 1_000_000_000 { return }
    log.warning(.sendFails, ("reason", Files.reason(error)))
  }

  private func flush(at now: Instant) {
    for notice in machine.notices { log.write(notice, at: now) }
    machine.notices.removeAll(keepingCapacity: true)
  }

  private func serveRequests() {
    let requests = mailbox.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for request in requests {
      switch request {
      case .report:
        let start = Self.now
        let report = report(at: start)
        board.publish(report, cost: Self.now.since(start))
      case .reload(let reply): reply(reload())
      case .declare(let declared, let reply): reply(declare(declared))
      case .handOver(let reply):
        workers.forEach { $0.pause() }
        serveWorkers()
        reply(snapshot)
      case .places(let endpoints):
        machine.setClusterPlaces(endpoints)
        channel?.setKnown(machine.clusterEndpoints)
      case .resume: workers.forEach { $0.resume() }
      case .stop(let handedOver):
        self.handedOver = handedOver
        // The second request does not wait.
        if handedOver || options.drainSeconds == 0 || drainedAt != nil {
          running = false
        } else {
          drainedAt = Self.now.advanced(seconds: options.drainSeconds)
          machine.beginDraining()
          noteReadiness()
          log.info(.draining, ("seconds", String(options.drainSeconds)))
        }
      }
    }
  }

  // Configuration and keys.

  private func reloadIfChanged(at now: Instant) {
    guard files.haveChanged() else { return }
    guard let failure = tryReload() else {
      changingSince = nil
      return
    }
    let since = changingSince ?? now
    changingSince = failure.kind == .changing ? since : nil
    if failure.kind == .changing, now.since(since) < Self.changingSeconds * 1_000_000_000 {
      files.readAgain()
    } else {
      note(failure)
    }
  }

  /// Reads all files again and applies them together; if any cannot be read, nothing changes.
  private func reload() -> RelayServerError? {
    let failure = tryReload()
    if let failure { note(failure) }
    return failure
  }

  private func tryReload() -> RelayServerError? {
    do throws(RelayServerError) {
      try bringIntoForce(try files.declarations?.read())
      return nil
    } catch {
      return error
    }
  }

  /// Applies declared files that did not come through the file system, and answers what is in force then.
  private func declare(_ declared: DeclaredFiles?) -> DeclarationAnswer {
    guard let declared else { return DeclarationAnswer(inForce: inForce?.answer, refusal: reloadFailure) }
    if let inForce, inForce.files.declaration.serial > declared.declaration.serial {
      return DeclarationAnswer(
        inForce: inForce.answer,
        refusal:
          "serial \(declared.declaration.serial) is older than \(inForce.files.declaration.serial), which is in force")
    }
    do throws(RelayServerError) {
      try files.declarations?.check(declared)
      try bringIntoForce(declared)
      return DeclarationAnswer(inForce: inForce?.answer, refusal: nil)
    } catch {
      note(error)
      return DeclarationAnswer(inForce: inForce?.answer, refusal: error.description)
    }
  }

  private func bringIntoForce(_ found: DeclaredFiles?) throws(RelayServerError) {
    let content = try files.read(try DeclarationSource.newer(inForce: inForce?.files, found: found))
    guard !content.lacksKeys else {
      throw RelayServerError(
        .invalid,
        "no file lists keys any more; the relay keeps the last ones. To let no one use it, write `\"keys\": []`")
    }
    configuration = content.configuration
    keys = content.keys.keys
    apply(configuration)
    machine.replaceKeys(keys, access: content.keys.access, at: Self.now)
    apply(content.cluster, content.clusterKeys)
    if let declared = content.declared, declared.declaration != inForce?.files.declaration { use(declared) }
    noteReadiness()
    reloads += 1
    reloadFailure = nil
    loadedAt = RelayLog.timestamp()
    // A restart must not bring back a revoked key.
    save()
    if keys.isEmpty, !options.open { log.warning(.noKeys) }
    log.info(
      .reloaded, ("keys", String(keys.count)), ("key_set", keySetDigest),
      ("serial", inForce.map { String($0.files.declaration.serial) } ?? "none"))
  }

  private func note(_ failure: RelayServerError) {
    failedReloads += 1
    reloadFailure = failure.description
    log.error(.reloadFailed, ("reason", failure.description), ("kept", "\(keys.count) keys"))
  }

  /// Notes that declared files are in force, and keeps them, so that a restart does not bring back older ones.
  private func use(_ declared: DeclaredFiles) {
    // The same files with another signature are in force since before, and must have that signature after a restart.
    let earlier = inForce.flatMap { $0.files.declaration.digest == declared.declaration.digest ? $0.since : nil }
    inForce = FilesInForce(files: declared, since: earlier ?? RelayLog.timestamp())
    do {
      try files.declarations?.keep(declared)
    } catch {
      log.limited(
        "warning", .stateNotSaved, reason: "declared", at: Self.now,
        [("reason", error.description), ("effect", "a restart could bring back older files")])
    }
  }

  private func apply(_ configuration: RelayConfiguration) {
    let segmentation = configuration.segmentation ?? options.segmentation
    switches.segmentation = segmentation == .on || segmentation == .auto && sockets.sendsSegmented
    switches.strictRoaming = configuration.strictRoaming ?? options.strictRoaming
    machine.isRoamingStrict = switches.strictRoaming
    switches.metered = !configuration.caps.isEmpty
    machine.setRates(configuration.limits)
    machine.setBroadcastRate(configuration.broadcastRate ?? options.broadcastRate)
    prober.watch(configuration.probes, configuration.targets, token: configuration.token)
    exchange.withLock { $0 = configuration.token.map(DeclarationExchange.init) }
  }

  /// Applies what can change of the membership in a cluster. The rest keeps its value until a restart.
  private func apply(_ settings: ClusterSettings?, _ keys: [[UInt8]]) {
    if settings?.control != cluster?.control {
      log.error(
        .restartNeeded, ("setting", settings == nil || cluster == nil ? "cluster" : "cluster.address"),
        ("configured", settings?.control.description ?? "none"), ("kept", cluster?.control.description ?? "none"))
    }
    guard let settings, cluster != nil else { return }
    machine.setClusterKeys(keys)
    names?.replace(settings.places)
  }

  /// SHA-256 over the sorted groups and fingerprints of the active keys, in hex.
  private var keySetDigest: String {
    let lines = keys.map { "\($0.group) \($0.fingerprint)\n" }.sorted().joined()
    return (try? SHA256Digest.hex(of: Array(lines.utf8))) ?? ""
  }

  // Snapshots.

  private func saveIfDue(at now: Instant) {
    guard options.state != nil else { return }
    let due = now.since(lastSnapshot) >= Self.snapshotSeconds * 1_000_000_000
    guard due || machine.handshakes != snapshotHandshakes else { return }
    save()
    // Writing a large table takes at most about a twentieth of the time.
    let cost = Self.now.since(now)
    lastSnapshot = now.advanced(nanoseconds: min(cost * 20, 60_000_000_000))
    snapshotHandshakes = machine.handshakes
  }

  /// State for the next process.
  private var snapshot: [UInt8] {
    machine.snapshot(at: Self.now, wallClock: UInt64(clamping: time(nil)), boot: BootIdentity.bytes)
  }

  private func save() {
    guard let path = options.state, !handedOver else { return }
    do {
      try Files.replace(path, with: snapshot)
    } catch {
      log.limited(
        "warning", .stateNotSaved, reason: "state", at: Self.now,
        [("reason", error.description), ("effect", "a restart would lose the sessions")])
    }
  }

  /// Totals since the start.
  private var traffic: RecentTraffic {
    var sum = RecentTraffic()
    for block in workers.map(\.counters) {
      add(block, to: &sum)
      sum.dataForwarded &+= block[.forwardedPackets]
      sum.dataRefused &+= block[.sendFailed]
    }
    add(machine.counters, to: &sum)
    return sum
  }

  private func add(_ block: CounterBlock, to sum: inout RecentTraffic) {
    sum.received &+= block[.receivedPackets]
    sum.overflow &+= block[.queueOverflow]
    sum.sendFailures &+= block[.sendFailed] &+ block[.sendBufferFull]
  }

  private func report(at now: Instant) -> RelayReport {
    var counters: [Counter: UInt64] = [:]
    var drops: [DropReason: UInt64] = [:]
    var occupancy = [UInt64](repeating: 0, count: CounterBlock.occupancyBounds.count)
    for block in workers.map(\.counters) + [machine.counters] {
      for counter in Counter.allCases { counters[counter, default: 0] &+= block[counter] }
      for reason in DropReason.allCases { drops[reason, default: 0] &+= block[reason] }
      for index in occupancy.indices { occupancy[index] &+= block.occupancy(bucket: index) }
    }
    return RelayReport(
      statistics: machine.statistics(at: now), counters: counters, drops: drops, occupancy: occupancy,
      recent: history.recent(traffic),
      receiveFailure: receiveFailure, uptimeSeconds: Double(now.since(startedAt)) / 1e9,
      configuration: ConfigurationReport(
        port: sockets.port, open: options.open, keys: keys.count, groups: Set(keys.map(\.group)).count,
        keySetDigest: keySetDigest, caps: configuration.caps,
        broadcastRate: configuration.broadcastRate ?? options.broadcastRate, segmentation: switches.segmentation,
        receivesCoalesced: sockets.receivesCoalesced, strictRoaming: switches.strictRoaming, workers: workers.count,
        receiveBuffer: sockets.receiveBuffer, macSearch: String(cString: relay_mac_search_variant()),
        loadedAt: loadedAt, reloads: reloads, failedReloads: failedReloads, reloadFailure: reloadFailure,
        declaration: inForce?.answer),
      cluster: machine.clusterReport(at: now), probes: prober.reports)
  }
}
