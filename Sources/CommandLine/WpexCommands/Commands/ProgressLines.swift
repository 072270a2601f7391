import AuditLog
import ConfigCompiler
import Diagnostics
import FoundationEssentials
import GitStore
import Glibc
import RelayWire
import SyncDaemon
import SyncEngine
import DeploymentPlanning
import SyncService
import Synchronization
import TextFormats

/// Progress of a daemon for people: a line for each event. On a terminal, a table of the relays below them changes in place.
final class ProgressLines: Sendable {
  private struct State {
    var table: [String] = []
    var shownRows = 0
    var lastHealth: [String: RelayCondition] = [:]
    var lastDiagnostics = ""
  }

  private let state = Mutex(State())
  private let news = ReportNews()
  private let approvalOptions: String
  private let isLive: Bool
  private let hasColor: Bool

  /// - Parameters:
  ///   - approvalOptions: the options with which `wpex sync approve` finds the daemon; nil if it needs none.
  ///   - isLive: whether the table of relays is shown.
  init(
    approvalOptions: String? = nil,
    isLive: Bool = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  ) {
    self.approvalOptions = approvalOptions.map { "\($0) " } ?? ""
    self.isLive = isLive
    hasColor = Terminal.errorHasColor
  }

  /// Shows an event, unless an earlier pass has shown the same.
  func show(_ event: SyncEvent) {
    guard news.isNews(event) else { return }
    switch event {
    case .fetched(let commit, let source):
      line("fetch", "\(commit.id.prefix(12)) of \(source): \(commit.summary)")
    case .trusted(let commit, let basis): line("trust", "\(commit.id.prefix(12)): \(basis)")
    case .compiled(_, let compilation): show(compilation)
    case .refused(_, let reason): line("refused", reason, .red)
    case .passFailed(let reason, let pause):
      line("failed", "\(reason); retrying in \(Int(pause.rounded(.up))) s", .red)
    case .planned(let region, let plan) where !plan.isEmpty:
      func count(_ action: SyncPlan.Step.Action) -> Int { plan.steps.count { $0.action == action } }
      let held = plan.heldSteps.isEmpty ? "" : ", \(plan.heldSteps.count) held"
      line(
        "plan",
        "\(region): \(count(.create)) to create, \(count(.update)) to update, \(count(.delete)) to delete\(held)")
    case .stepFailed(let region, let step, let failure):
      line("failed", "\(region): \(step.id): \(failure)", .red)
    case .held(let region, let hold, let digest):
      line(
        "held", "\(region): \(hold.org): \(hold.explanation); `wpex sync approve \(approvalOptions)\(digest)`", .yellow)
    case .organizationPinned(let region, let org, let errors):
      line(
        "kept",
        "\(region): \(org) has \(counted(errors, "error")) and stays at its last good state", .yellow)
    case .organizationFailed(let region, let org, let reason):
      line("failed", "\(region): \(org): \(reason)", .red)
    case .driftCorrected(let region, let correction):
      line("drift", "\(region): \(correction.id): \(correction.detail)", .yellow)
    case .inForce(let region, let relay, let state):
      let milliseconds = max(0, (state.inForceAt ?? state.appliedAt) - state.appliedAt)
      line(
        "force", "\(region): \(relay) at \(counted(state.instances.count, "instance")) after \(milliseconds) ms", .green
      )
    case .notInForce(let region, let relay, let state):
      line("force", "\(region): \(relay) is not in force: \(state.reasons.joined(separator: "; "))", .red)
    case .finished(let region, let summary) where summary.generation != nil || summary.held > 0:
      let seconds = (summary.seconds * 10).rounded() / 10
      line("applied", "\(region): \(summary.text) (\(seconds) s)", summary.failed > 0 ? .red : .green)
    case .health(let health): show(health)
    case .checkpointSigned(let record): line("audit", "checkpoint signed at record \(record)")
    case .auditBroken(let reason): line("audit", reason, .red)
    case .warning(let text): line("note", text, .yellow)
    default: break
    }
  }

  private func show(_ compilation: Compilation) {
    let errors = compilation.diagnostics.filter { $0.severity == .error }
    let files = SourceFiles(of: errors, compilation.source)
    let report =
      errors.isEmpty
      ? "" : DiagnosticReport(errors, files: files).text(.text, colors: hasColor, width: Terminal.errorWidth)
    let isNews = state.withLock { state in
      defer { state.lastDiagnostics = report }
      return state.lastDiagnostics != report
    }
    let warnings = compilation.diagnostics.count { $0.severity == .warning }
    let relays = compilation.units.reduce(0) { $0 + $1.relays.count }
    line(
      "compile",
      "\(counted(compilation.units.count, "organization")), \(counted(relays, "relay")); "
        + "\(counted(errors.count, "error")), \(counted(warnings, "warning"))")
    if isNews, !report.isEmpty { write(report) }
  }

  private func show(_ health: [String: [RelayCondition]]) {
    let conditions = health.sorted { $0.key < $1.key }.flatMap { region, relays in
      relays.map { relay in
        // What is in force has lines of its own.
        var relay = relay
        relay.inForce = nil
        return (region, relay)
      }
    }
    let changed = state.withLock { state -> [(String, RelayCondition)] in
      let news = conditions.filter { region, relay in state.lastHealth["\(region)/\(relay.org)/\(relay.relay)"] != relay
      }
      for (region, relay) in conditions { state.lastHealth["\(region)/\(relay.org)/\(relay.relay)"] = relay }
      return news
    }
    guard isLive else {
      for (region, relay) in changed where relay.status != .inProgress {
        line(
          "relay",
          "\(region): \(relay.org)/\(relay.relay) \(relay.status.words) at \(Self.shown(relay.endpoint, orElse: "?")): \(relay.detail)",
          relay.status == .failed ? .red : nil)
      }
      return
    }
    guard !changed.isEmpty else { return }
    var table = TextTable(["RELAY", "REGION", "STATUS", "ENDPOINT", "DETAIL"])
    for (region, relay) in conditions {
      table.add(["\(relay.org)/\(relay.relay)", region, relay.status.words, Self.shown(relay.endpoint), relay.detail])
    }
    let rows = table.text.split(separator: "\n").map(String.init)
    var size = winsize()
    let height = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_row) : 24
    let width = max(40, Int(size.ws_col))
    let visible = rows.prefix(max(3, height - 4)).map { String($0.prefix(width - 1)) }
    let rest = rows.count > visible.count ? ["… and \(rows.count - visible.count) more: wpex status --relays"] : []
    state.withLock { state in
      Self.emit(Self.erase(state.shownRows))
      state.table = visible + rest
      state.shownRows = state.table.count
      Self.emit(state.table.map { $0 + "\n" }.joined())
    }
  }

  private static func shown(_ endpoint: RelayEndpoint?, orElse missing: String = "") -> String {
    endpoint.map { $0.text ?? $0.state.rawValue } ?? missing
  }

  enum Color: String { case red = "31", yellow = "33", green = "32" }

  /// Writes one line to standard error.
  func line(_ label: String, _ text: String, _ color: Color? = nil) {
    let padded = label + String(repeating: " ", count: max(0, 8 - label.count))
    let shown = color.map { hasColor ? "\u{1B}[\($0.rawValue)m\(padded)\u{1B}[0m" : padded } ?? padded
    write("\(shown) \(text.visible)\n")
  }

  /// Erases the table.
  func end() {
    state.withLock { state in
      Self.emit(Self.erase(state.shownRows))
      state.table = []
      state.shownRows = 0
    }
  }

  private func write(_ text: String) {
    state.withLock { state in
      Self.emit(Self.erase(state.shownRows) + text + (text.hasSuffix("\n") ? "" : "\n"))
      if state.shownRows > 0 { Self.emit(state.table.map { $0 + "\n" }.joined()) }
    }
  }

  private static func erase(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A\u{1B}[J" : "" }

  private static func emit(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      if count > 0 { bytes = bytes.dropFirst(count) }
    }
  }
}
