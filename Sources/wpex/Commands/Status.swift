import ArgumentParser
import FoundationEssentials
import StructuredText
import SyncService

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is declared, applied, healthy, drifted and held, for each organization.",
    discussion: """
      Reads what the daemon of `wpex up` or `wpex sync` wrote last into its state folder. Exit code 1 where something is \
      held, failed or has errors.

      EXAMPLES
        wpex status
        wpex status --output json | jq .organizations
        wpex status --relays
      """)

  @OptionGroup var location: StateOptions

  @Option(help: ArgumentHelp("text or json.", valueName: "form"))
  var output = OutputForm.text

  @Flag(help: "A line for every relay.")
  var relays = false

  enum OutputForm: String, CaseIterable, ExpressibleByArgument { case text, json }

  func run() throws {
    let path = "\(location.state)/\(StatusDocument.file)"
    guard Files.exists(path) else {
      throw CommandFailure(
        .failed,
        "no daemon has written its state to `\(location.state)`: start one with `wpex up`, or name it with --state")
    }
    guard let document = try? JSON(parsing: Files.read(path)) else {
      throw CommandFailure(.failed, "`\(path)` is damaged; it is written anew when the daemon runs")
    }
    let isRunning = (try? StateFolder(location.state).lock()) == nil
    if output == .json {
      var members: JSON.Members = ["running": .bool(isRunning)]
      if case .object(let rest) = document { for pair in rest.pairs { members[pair.name] = pair.value } }
      Terminal.output(JSON.object(members).text(.indented))
    } else {
      Terminal.show(Self.text(document, isRunning: isRunning, relays: relays))
    }
    let organizations = document["organizations"]?.elements ?? []
    let isTroubled =
      document["problem"] != nil
      || organizations.contains { org in
        org["failure"] != nil || ["errors", "failed", "held"].contains { (org[$0]?.int ?? 0) > 0 }
      }
    if isTroubled { throw ExitCode(1) }
  }

  static func text(_ document: JSON, isRunning: Bool, relays: Bool) -> String {
    var lines: [String] = []
    lines.append("source   \(shown(document["source"], orElse: "?"))")
    if let head = document["head"] {
      lines.append("commit   \(shown(head["commit"]).prefix(12))  \(shown(head["summary"]))")
    }
    lines.append("daemon   \(isRunning ? "running" : "not running"), as of \(shown(document["time"], orElse: "?"))")
    if let problem = document["problem"]?.text { lines.append("problem  \(problem.visible)") }
    var table = TextTable([
      "ORGANIZATION", "RELAYS", "CURRENT", "STOPPED", "STARTING", "FAILED", "KEYS", "ERRORS", "HELD", "DRIFTED",
    ])
    for org in document["organizations"]?.elements ?? [] {
      let numbers = ["relays", "current", "stopped", "inProgress", "failed", "keys", "errors", "held", "drifted"]
      table.add([org["org"]?.text ?? ""] + numbers.map { String(org[$0]?.int ?? 0) })
    }
    lines += ["", table.text]
    for org in document["organizations"]?.elements ?? [] {
      guard let failure = org["failure"]?.text else { continue }
      lines += ["", "\(shown(org["org"])) stays at its last good state: \(failure.visible)"]
    }
    guard case .object(let regions)? = document["regions"] else { return lines.joined(separator: "\n") }
    for (name, region) in regions.pairs {
      if let held = region["held"], let digest = held["digest"]?.text {
        lines += ["", "held in \(name.visible), approve with: wpex sync approve \(ShellText.word(digest.visible))"]
        for reason in held["reasons"]?.elements ?? [] {
          lines.append("  \(shown(reason["org"])): \(shown(reason["reason"]))")
        }
      }
      guard relays else { continue }
      var table = TextTable(["RELAY", "STATUS", "ENDPOINT", "DETAIL"])
      for relay in region["relays"]?.elements ?? [] {
        table.add([
          "\(relay["org"]?.text ?? "")/\(relay["relay"]?.text ?? "")", relay["status"]?.text ?? "",
          relay["endpoint"]?.text ?? "", relay["detail"]?.text ?? "",
        ])
      }
      lines += ["", "region \(name.visible), applied \(shown(region["applied"]).prefix(12))", table.text]
    }
    return lines.joined(separator: "\n")
  }

  /// A text of the document on one line.
  private static func shown(_ value: JSON?, orElse missing: String = "") -> String {
    (value?.text ?? missing).visible
  }
}

/// Where daemons of this machine keep what they remember.
struct StateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The daemon's state folder.", valueName: "dir"))
  var state = StateOptions.standard

  /// $XDG_STATE_HOME/wpex, else ~/.local/state/wpex; /var/lib/wpex for root.
  static var standard: String {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["WPEX_STATE"], !path.isEmpty { return path }
    if let base = environment["XDG_STATE_HOME"], !base.isEmpty { return "\(base)/wpex" }
    if environment["HOME"] == nil || environment["HOME"] == "/root" { return "/var/lib/wpex" }
    return "\(environment["HOME"] ?? "")/.local/state/wpex"
  }
}
