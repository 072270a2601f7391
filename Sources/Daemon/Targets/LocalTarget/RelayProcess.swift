import CChildProcess
import ConfigCompiler
import FoundationEssentials
import Glibc
import KeyBundles
import PrivateFiles

/// A relay as a child process, restarted with growing pauses when it ends.
actor RelayProcess {
  private let program: String
  private var launch: RelayLaunch
  private var identity: SecretBytes?
  private var child: pid_t?
  private var supervision: Task<Void, Never>?
  /// Restarts so far.
  private(set) var restarts = 0
  private(set) var lastEnd: ProcessEnd?
  private var statisticsPort = 0
  private var isWanted = false

  /// Pauses before restarts in seconds. After a process has lived for longer than 30 s, they start over.
  private static let pauses = [0.2, 0.5, 1, 2, 5, 10, 30]
  /// Log size in bytes beyond which the log is rotated at the next start.
  private static let maxLogBytes = 4 << 20

  private static let maxLineLength = 1_000
  /// Prefix of the program's own error messages.
  private static let errorPrefix = "wpex-relay: "

  /// Folder of its relay.
  nonisolated let folder: String

  init(program: String, launch: RelayLaunch) {
    self.program = program
    self.launch = launch
    folder = launch.folder
  }

  private var isEndedOnPurpose = false

  /// Last start, in seconds since 1970.
  private var startedAt: Double?

  /// Address on which it listens.
  var address: String { launch.address }
  /// Path of the log.
  var log: String { launch.log }

  /// Returns whether a process runs and is ready.
  func isReady() async -> Bool {
    guard child != nil else { return false }
    return await ReadinessProbe.isReady(launch.address, statisticsPort)
  }

  /// Starts the process, or restarts it if the launch parameters or the identity have changed.
  ///
  /// - Returns: Whether a running process was ended for it.
  @discardableResult func run(_ launch: RelayLaunch, identity: SecretBytes?) async -> Bool {
    let mustRestart = self.launch.needsRestart(for: launch) || identity !== self.identity
    self.launch = launch
    self.identity = identity
    guard isWanted else {
      isWanted = true
      supervision = Task { await supervise() }
      return false
    }
    guard mustRestart else { return false }
    let hasRun = child != nil
    isEndedOnPurpose = hasRun
    await endChild()
    return hasRun
  }

  /// Ends the process and its supervision.
  func stop() async {
    isWanted = false
    supervision?.cancel()
    await endChild()
    await supervision?.value
    supervision = nil
  }

  /// What is known of the process, without contacting it.
  var state: LocalRelay.Process {
    LocalRelay.Process(
      address: launch.address, processID: child, startedAt: startedAt, restarts: restarts, lastEnd: lastEnd,
      statisticsAddress: statisticsPort == 0 ? nil : "\(launch.address):\(statisticsPort)", log: launch.log)
  }

  /// Removes the files that a process of the same number must not find; the log stays. Call it when the process has
  /// ended for good.
  func removeState() {
    for file in [launch.state, launch.declared, launch.addressFile] {
      try? FileManager.default.removeItem(atPath: file)
    }
  }

  private func supervise() async {
    var pause = 0
    while isWanted, !Task.isCancelled {
      let started = ContinuousClock.now
      do {
        try await start()
        while let child, isWanted {
          var status: Int32 = 0
          if child_poll(child, &status) <= 0 {
            lastEnd = end(status)
            self.child = nil
            break
          }
          try? await Task.sleep(for: .milliseconds(50))
        }
      } catch {
        lastEnd = .notStarted("\(error)")
        child = nil
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
    let log = launch.log
    if let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int, size > Self.maxLogBytes {
      rename(log, log + ".1")
    }
    statisticsPort = FreePort.tcp() ?? 0
    var arguments = launch.bind.arguments(loopback: launch.address)
    arguments += [
      "--port", String(launch.port), "--config", "\(launch.folder)/config.json", "--state", launch.state,
      "--stats", "\(launch.address):\(statisticsPort)", "--workers", "1",
    ]
    if FileManager.default.fileExists(atPath: "\(launch.folder)/bundle.age") {
      arguments += ["--bundle", "\(launch.folder)/bundle.age", "--identity", "/dev/fd/3"]
    }
    arguments += launch.verifierKeys.map { RelayArguments.verifierKey + $0 }
    if let membership = launch.membership {
      arguments += ["--cluster", "\(launch.address):\(membership.port)", "--cluster-key", launch.clusterKey]
      arguments += membership.others.flatMap { ["--cluster-join", "\($0):\(membership.port)"] }
    }
    guard let identity else {
      throw ChildProcesses.Refused(
        description: "the organization's identity is not known, so its key bundle cannot be opened")
    }
    var secret = identity.withBytes { Array($0) }
    defer { secret.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
    try PrivateFile.write(Array("\(launch.address):\(statisticsPort)".utf8), to: launch.addressFile)
    child = try await ChildProcesses.shared.start(program, arguments, log: log, secret: secret)
    startedAt = Date.now.timeIntervalSince1970
  }

  private func endChild() async {
    guard let ending = child else { return }
    kill(ending, SIGTERM)
    for step in 0..<100 {
      var status: Int32 = 0
      if child != ending || child_poll(ending, &status) <= 0 { break }
      if step == 60 { kill(ending, SIGKILL) }
      try? await Task.sleep(for: .milliseconds(50))
    }
    if child == ending { child = nil }
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
