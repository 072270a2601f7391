import CChildProcess
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
  private(set) var statisticsPort = 0
  private var isWanted = false

  /// Pauses before restarts in seconds. After a process has lived for longer than 30 s, they start over.
  private static let pauses = [0.2, 0.5, 1, 2, 5, 10, 30]
  /// Log size in bytes beyond which the log is rotated at the next start.
  private static let maxLogBytes = 4 << 20

  private static let maxLineLength = 1_000
  /// Prefix of the program's own error messages.
  private static let errorPrefix = "wpex-relay: "

  init(program: String, launch: RelayLaunch) {
    self.program = program
    self.launch = launch
  }

  private var isEndedOnPurpose = false

  /// Id of the running process; nil if none runs.
  var processID: Int32? { child }
  /// Last start, in seconds since 1970.
  private(set) var startedAt: Double?

  /// Whether a process runs.
  var isRunning: Bool { child != nil }

  /// Starts the process, or restarts it if the launch parameters or the identity have changed.
  func run(_ launch: RelayLaunch, identity: SecretBytes?) async {
    let mustRestart = launch != self.launch || identity !== self.identity
    self.launch = launch
    self.identity = identity
    guard isWanted else {
      isWanted = true
      supervision = Task { await supervise() }
      return
    }
    if mustRestart {
      isEndedOnPurpose = child != nil
      await endChild()
    }
  }

  /// Ends the process and its supervision.
  func stop() async {
    isWanted = false
    supervision?.cancel()
    await endChild()
    await supervision?.value
    supervision = nil
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
    let log = "\(launch.folder)/relay.log"
    if let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int, size > Self.maxLogBytes {
      rename(log, log + ".1")
    }
    statisticsPort = Self.freePort() ?? 0
    var arguments = [
      "--bind", launch.address, "--port", String(launch.port), "--config", "\(launch.folder)/config.json",
      "--state", "\(launch.folder)/state", "--stats", "\(launch.address):\(statisticsPort)", "--workers", "1",
    ]
    if FileManager.default.fileExists(atPath: "\(launch.folder)/bundle.age") {
      arguments += ["--bundle", "\(launch.folder)/bundle.age", "--identity", "/dev/fd/3"]
    }
    guard let identity else {
      throw ChildProcesses.Refused(
        description: "the organization's identity is not known, so its key bundle cannot be opened")
    }
    var secret = identity.withBytes { Array($0) }
    defer { secret.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
    try PrivateFile.write(
      Array("\(launch.address):\(statisticsPort)".utf8), to: "\(launch.folder)/\(LocalRelayAccess.addressFile)")
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
    let log = URL(fileURLWithPath: "\(launch.folder)/relay.log")
    guard let bytes = try? Data(contentsOf: log, options: .mappedIfSafe),
      let line = bytes.suffix(Self.maxLineLength).split(separator: UInt8(ascii: "\n")).last
    else { return nil }
    let words = String(decoding: line, as: UTF8.self)
    return words.hasPrefix(Self.errorPrefix) ? String(words.dropFirst(Self.errorPrefix.count)) : nil
  }

  /// Returns an unused TCP port on loopback.
  private static func freePort() -> Int? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
      }
    }
    return status == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }
}
