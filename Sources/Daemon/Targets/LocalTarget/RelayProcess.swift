import ConfigCompiler
import FoundationEssentials
import Glibc
import KeyBundles
import PrivateFiles

/// A process of a relay, restarted with growing pauses when it ends.
///
/// A process whose parameters or program change is replaced by a successor that takes over its sockets and sessions, without
/// a gap. If processes outlive this program, the next run takes them back.
actor RelayProcess {
  private let program: String
  /// Whether the process goes on when this program ends.
  private let outlives: Bool
  private var launch: RelayLaunch
  private var identity: SecretBytes?
  private var running: RunningProcess?
  private var supervision: Task<Void, Never>?
  /// Restarts so far.
  private(set) var restarts = 0
  private(set) var lastEnd: ProcessEnd?
  private var statisticsPort = 0
  private var isWanted = false
  /// Whether a successor is about to take over.
  private var isHandingOver = false
  private var isEndedOnPurpose = false
  /// When to try again to replace a process whose successor could not start; nil if the process is what is wanted.
  private var nextAttempt: ContinuousClock.Instant?
  /// Last start, in seconds since 1970.
  private var startedAt: Double?

  /// Pauses before restarts in seconds. After a process has lived for longer than 30 s, they start over.
  private static let pauses = [0.2, 0.5, 1, 2, 5, 10, 30]
  /// Log size in bytes beyond which the log is rotated at the next start.
  private static let maxLogBytes = 4 << 20
  private static let maxLineLength = 1_000
  /// Prefix of the program's own error messages.
  private static let errorPrefix = "wpex-relay: "
  private static let step = Duration.milliseconds(50)
  /// Seconds after which a successor that has not taken over is given up.
  private static let patience = 30.0
  /// Seconds between attempts to replace a process whose successor cannot start.
  private static let attemptInterval = 10.0

  /// Folder of its relay.
  nonisolated let folder: String

  init(program: String, launch: RelayLaunch, outlives: Bool) {
    self.program = program
    self.launch = launch
    self.outlives = outlives
    folder = launch.folder
  }

  /// Address on which it listens.
  var address: String { launch.address }
  /// Path of the log.
  var log: String { launch.log }

  /// Why the process runs with earlier parameters or an earlier program; nil if it does not.
  var outdated: ProcessEnd? { nextAttempt == nil ? nil : lastEnd }

  /// Returns whether a process runs and is ready.
  func isReady() async -> Bool {
    guard running != nil else { return false }
    return await ReadinessProbe.isReady(launch.address, statisticsPort)
  }

  /// Starts the process, takes back the one of an earlier run, or replaces the running one if the launch parameters or the
  /// identity have changed.
  ///
  /// - Returns: Whether a running process was replaced or ended for it.
  @discardableResult func run(_ launch: RelayLaunch, identity: SecretBytes?) async -> Bool {
    while isHandingOver { await RunningProcess.step() }
    let before = self.launch
    let hasNewIdentity = identity !== self.identity
    self.launch = launch
    self.identity = identity
    guard isWanted else {
      isWanted = true
      let hasReplaced = await takeBack()
      if isWanted, supervision == nil { supervision = Task { await supervise() } }
      return hasReplaced
    }
    guard before.needsRestart(for: launch) || hasNewIdentity, let old = running else { return false }
    return await replace(old, at: before.place)
  }

  /// Ends the process and its supervision.
  func stop() async {
    isWanted = false
    supervision?.cancel()
    // Otherwise the successor would be left.
    while isHandingOver { await RunningProcess.step() }
    await endRunning()
    await supervision?.value
    supervision = nil
  }

  /// Ends the supervision. The process goes on if it is meant to outlive this program.
  func leave() async {
    guard outlives else { return await stop() }
    isWanted = false
    supervision?.cancel()
    await supervision?.value
    supervision = nil
  }

  /// What is known of the process, without contacting it.
  var state: LocalRelay.Process {
    LocalRelay.Process(
      address: launch.address, processID: running?.id, startedAt: startedAt, restarts: restarts, lastEnd: lastEnd,
      statisticsAddress: statisticsPort == 0 ? nil : "\(launch.address):\(statisticsPort)", log: launch.log)
  }

  /// Removes the files that a process of the same number must not find; the log stays. Call it when the process has
  /// ended for good.
  func removeState() {
    for file in [launch.state, launch.handoverKey, launch.declared, launch.addressFile, launch.record] {
      try? FileManager.default.removeItem(atPath: file)
    }
  }

  // MARK: - Processes of earlier runs, and successors

  /// Takes back the process that an earlier run left, or replaces it if it is not what is wanted now.
  ///
  /// - Returns: Whether it was replaced.
  private func takeBack() async -> Bool {
    guard let left = RunningProcess(offeringIn: launch.folder, at: launch.handover) else { return false }
    let record = RelayRecord(at: launch.record).flatMap { $0.process == left.id ? $0 : nil }
    running = left
    statisticsPort = record?.statisticsPort ?? 0
    startedAt = record?.startedAt
    if outlives, let record, record.launch == launch.digest(identity), record.program == launch.program { return false }
    return await replace(left, at: record?.place)
  }

  /// Replaces the running process with one that has the present parameters, by a successor if it can take over.
  ///
  /// - Parameter place: Where the running process listens; nil if that is not known.
  /// - Returns: False if the successor cannot start: it takes nothing away, and is tried again.
  private func replace(_ old: RunningProcess, at place: String?) async -> Bool {
    let isOffering = RunningProcess(offeringIn: launch.folder, at: launch.handover)?.id == old.id
    if isOffering, let place, place == launch.place {
      if await startSuccessor(of: old) { return true }
      if running != nil {
        nextAttempt = .now + .seconds(Self.attemptInterval)
        return false
      }
    }
    isEndedOnPurpose = supervision != nil && running != nil
    nextAttempt = nil
    await endRunning()
    return true
  }

  /// Starts a process that takes over the sockets and sessions of the running one, which ends.
  ///
  /// - Returns: False if it could not; the running process then goes on, unless it ended by itself.
  private func startSuccessor(of old: RunningProcess) async -> Bool {
    isHandingOver = true
    defer { isHandingOver = false }
    let port = FreePort.tcp() ?? 0
    let next: RunningProcess
    do {
      next = try await spawn(statisticsPort: port)
    } catch {
      lastEnd = .notStarted("\(error)")
      return false
    }
    let deadline = ContinuousClock.now + .seconds(Self.patience)
    while ContinuousClock.now < deadline {
      if old.end != nil {
        nextAttempt = nil
        running = next
        statisticsPort = port
        startedAt = Date.now.timeIntervalSince1970
        // If this cannot be written, the next run replaces the process instead of taking it back.
        try? publish(next)
        return true
      }
      if let end = next.end {
        lastEnd = describe(end)
        return false
      }
      await RunningProcess.step()
    }
    next.signal(SIGKILL)
    while next.end == nil { await RunningProcess.step() }
    lastEnd = .notStarted("the new process did not take over within \(Int(Self.patience)) s")
    return false
  }

  // MARK: - Supervision

  private func supervise() async {
    var pause = 0
    while isWanted, !Task.isCancelled {
      let started = ContinuousClock.now
      do {
        if running == nil { try await start() }
        while let process = running, isWanted, !Task.isCancelled {
          // While a successor takes over, the end of this process is what is wanted.
          if !isHandingOver, let end = process.end {
            lastEnd = describe(end)
            running = nil
            nextAttempt = nil
            break
          }
          if let nextAttempt, nextAttempt < .now, !isHandingOver { _ = await replace(process, at: launch.place) }
          try? await Task.sleep(for: Self.step)
        }
      } catch {
        lastEnd = .notStarted("\(error)")
        running = nil
      }
      guard isWanted, !Task.isCancelled else { break }
      if isEndedOnPurpose {
        // The launch parameters have changed: this was not a failure.
        isEndedOnPurpose = false
        pause = 0
        continue
      }
      restarts += 1
      let lived = ContinuousClock.now - started
      pause = lived > .seconds(30) ? 0 : min(pause + 1, Self.pauses.count - 1)
      try? await Task.sleep(for: .seconds(Self.pauses[pause]))
    }
  }

  private func start() async throws {
    statisticsPort = FreePort.tcp() ?? 0
    let process = try await spawn(statisticsPort: statisticsPort)
    running = process
    startedAt = Date.now.timeIntervalSince1970
    try? publish(process)
  }

  private func spawn(statisticsPort: Int) async throws -> RunningProcess {
    guard let identity else {
      throw ChildProcesses.Refused(
        description: "the organization's identity is not known, so its key bundle cannot be opened")
    }
    let log = launch.log
    if let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int, size > Self.maxLogBytes {
      rename(log, log + ".1")
    }
    var secret = identity.withBytes { Array($0) }
    defer { secret.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
    let start = ChildProcesses.Start(
      arguments: launch.arguments(statisticsPort: statisticsPort), folder: launch.folder, log: log, outlives: outlives,
      confinement: RelayConfinement(program: program, statisticsPort: statisticsPort))
    return RunningProcess(child: try await ChildProcesses.shared.start(start, secret: secret))
  }

  /// Writes where the running process answers, and what the next run has to know of it.
  private func publish(_ process: RunningProcess) throws {
    try PrivateFile.write(Array("\(launch.address):\(statisticsPort)".utf8), to: launch.addressFile)
    guard let digest = launch.digest(identity) else { return }
    try RelayRecord(
      process: process.id, place: launch.place ?? "", launch: digest, program: launch.program,
      statisticsPort: statisticsPort,
      startedAt: startedAt ?? 0
    ).write(to: launch.record)
  }

  private func endRunning() async {
    guard let ending = running else { return }
    await ending.endInOrder()
    if running === ending { running = nil }
  }

  private func describe(_ end: RunningProcess.End) -> ProcessEnd {
    switch end {
    case .child(let status): self.end(status)
    case .other: .unseen(lastWords())
    }
  }

  private func end(_ status: Int32) -> ProcessEnd {
    let signal = status & 0x7F
    guard signal == 0 else { return .signal(signal) }
    return .status((status >> 8) & 0xFF, lastWords())
  }

  /// Returns why the process ended, from the last line of its log; nil if that line is not one of the program's own
  /// errors.
  private func lastWords() -> String? {
    let log = URL(fileURLWithPath: launch.log)
    guard let bytes = try? Data(contentsOf: log, options: .mappedIfSafe),
      let line = bytes.suffix(Self.maxLineLength).split(separator: UInt8(ascii: "\n")).last
    else { return nil }
    let words = String(decoding: line, as: UTF8.self)
    return words.hasPrefix(Self.errorPrefix) ? String(words.dropFirst(Self.errorPrefix.count)) : nil
  }
}
