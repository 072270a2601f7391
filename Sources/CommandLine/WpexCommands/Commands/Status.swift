import ArgumentParser
import AuditLog
import FileAccess
import FoundationEssentials
import Glibc
import RelayWire
import SyncDaemon
import TextFormats
import SyncService

/// `wpex status`: the state of a daemon on this machine, from its status document.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is declared, applied, healthy, drifted and held, for each organization.",
    discussion: """
      Reads the state that the daemon of `wpex up` or `wpex sync` last wrote to its state folder. Exit code 1 if something \
      is held, has failed or has errors.

      EXAMPLES
        wpex status
        wpex status --json | jq .organizations
        wpex status --relays
      """)

  @OptionGroup var location: StateOptions

  @OptionGroup var result: ResultOptions<OutputForm>

  @Flag(help: "Show a line for every relay.")
  var relays = false

  /// Output forms of commands that have no others.
  enum OutputForm: String, ResultForm { case text, json }

  func run() throws {
    let path = "\(location.state)/\(StatusDocument.file)"
    guard Files.exists(path) else {
      throw CommandError(
        .failed,
        "no daemon has written its state to `\(location.state)`: start one with `wpex up`, or name it with --state")
    }
    guard let document = try? JSON(parsing: Files.read(path)) else {
      throw CommandError(.failed, "`\(path)` is damaged; it is written again when the daemon runs")
    }
    let isRunning = StateFolder.isInUse(location.state)
    let written = FileTime.seconds(of: path)
    if result.form == .json {
      var members: JSON.Members = ["running": isRunning.map { .bool($0) } ?? .null]
      if let written { members["asOf"] = .string(AuditExport.timestamp(Int64(written * 1_000))) }
      if case .object(let rest) = document { for pair in rest.pairs { members[pair.name] = pair.value } }
      try result.write(JSON.object(members).text(.indented))
    } else {
      try result.show(
        Self.text(
          document, isRunning: isRunning, written: written, now: Date.now.timeIntervalSince1970, relays: relays,
          approveOptions: StateOptions.approvalOptions(location.state).map { "\($0) " } ?? ""))
    }
    let organizations = document["organizations"]?.elements ?? []
    let isTroubled =
      document["problem"] != nil
      || organizations.contains { org in
        org["failure"] != nil || ["errors", "failed", "held", "notInForce"].contains { (org[$0]?.int ?? 0) > 0 }
      }
    if isTroubled { throw ExitCode(1) }
  }

  /// Seconds within which a running daemon refreshes its status document.
  private static let timeout = 60.0

  /// Renders the status document for people.
  ///
  /// - Parameters:
  ///   - isRunning: whether a daemon holds the state folder; nil if this user cannot tell.
  ///   - written: time at which the daemon last wrote or confirmed its state, in seconds since 1970.
  ///   - approveOptions: options that an approving command needs before the digest, followed by a space.
  static func text(
    _ document: JSON, isRunning: Bool?, written: Double?, now: Double, relays: Bool, approveOptions: String = ""
  ) -> String {
    var lines: [String] = []
    lines.append("source   \(shown(document["source"], orElse: "?"))")
    if let head = document["head"] {
      lines.append("commit   \(shown(head["commit"]).prefix(12))  \(shown(head["summary"]))")
    }
    let running = isRunning.map { $0 ? "running" : "not running" } ?? "cannot be seen by this user"
    lines.append("daemon   \(running); last change \(shown(document["time"], orElse: "?"))")
    if let written, now - written > timeout, isRunning != false {
      lines.append(
        "note     the daemon has not written its state since \(AuditExport.timestamp(Int64(written * 1_000))): it hangs, or "
          + "cannot write to its folder")
    }
    if let problem = document["problem"]?.text { lines.append("problem  \(problem.visible)") }
    let table = organizations(document["organizations"]?.elements ?? [])
    lines += ["", table.text]
    for org in document["organizations"]?.elements ?? [] {
      guard let failure = org["failure"]?.text else { continue }
      lines += ["", "\(shown(org["org"])) stays at its last good state: \(failure.visible)"]
    }
    guard case .object(let regions)? = document["regions"] else { return lines.joined(separator: "\n") }
    let short = regions.pairs.flatMap { $0.value["relays"]?.elements ?? [] }.compactMap(Self.missingMembers)
    if !short.isEmpty { lines += [""] + short }
    let missing = regions.pairs.flatMap { $0.value["relays"]?.elements ?? [] }.flatMap(Self.missingInForce)
    if !missing.isEmpty { lines += [""] + missing }
    for (name, region) in regions.pairs {
      if let stale = region["stale"]?.text {
        lines += ["", "region \(name.visible) is shown as it was last seen: \(stale.visible)"]
      }
      if let held = region["held"], let digest = held["digest"]?.text {
        lines += [
          "",
          "held in \(name.visible), approve with: wpex sync approve \(approveOptions)\(ShellText.word(digest.visible))",
        ]
        for reason in held["reasons"]?.elements ?? [] {
          lines.append("  \(shown(reason["org"])): \(shown(reason["reason"]))")
        }
      }
      guard relays else { continue }
      let all = region["relays"]?.elements ?? []
      // Most relays have one process.
      let hasMembers = all.contains { $0["members"] != nil }
      let isAsked = all.contains { $0["inForce"] != nil }
      var table = TextTable(
        ["RELAY", "STATUS"] + (isAsked ? ["IN FORCE"] : []) + (hasMembers ? ["MEMBERS"] : []) + ["ENDPOINT", "DETAIL"])
      for relay in all {
        let members = hasMembers ? [members(of: relay).map { "\($0.ready)/\($0.declared)" } ?? ""] : []
        table.add(
          ["\(relay["org"]?.text ?? "")/\(relay["relay"]?.text ?? "")", relay["status"]?.text ?? ""]
            + (isAsked ? [inForce(relay)] : []) + members
            + [relay["endpoint"]?.text ?? pending(relay), relay["detail"]?.text ?? ""])
      }
      lines += ["", "region \(name.visible), applied \(shown(region["applied"]).prefix(12))", table.text]
    }
    return lines.joined(separator: "\n")
  }

  /// The word for an endpoint that is not known yet; empty if none is expected.
  private static func pending(_ relay: JSON) -> String {
    let state = RelayEndpoint.State.pending.rawValue
    return relay["endpointState"]?.text == state ? state : ""
  }

  /// Whether what was applied to a relay is in force.
  private static func inForce(_ relay: JSON) -> String {
    switch relay["inForce"]?["state"]?.text {
    case "in force": "yes"
    case "not in force": "no"
    case let other: other ?? ""
    }
  }

  /// The ready and declared processes of a relay that has several.
  private static func members(of relay: JSON) -> (ready: Int, declared: Int)? {
    guard let ready = relay["members"]?["ready"]?.int, let declared = relay["members"]?["declared"]?.int else {
      return nil
    }
    return (ready, declared)
  }

  /// A line for a relay that lacks a process although it runs.
  private static func missingMembers(_ relay: JSON) -> String? {
    guard let (ready, declared) = members(of: relay), ready < declared else { return nil }
    return "\(shown(relay["org"]))/\(shown(relay["relay"])): \(ready) of \(declared) members ready"
  }

  /// Lines for a relay that has not had what was applied in force for ten seconds: one for each instance.
  private static func missingInForce(_ relay: JSON) -> [String] {
    guard relay["inForce"]?["state"]?.text == "not in force" else { return [] }
    return (relay["inForce"]?["missing"]?.elements ?? []).map { missing in
      let instance = missing["instance"]?.text.map { "\($0.visible): " } ?? ""
      return "\(shown(relay["org"]))/\(shown(relay["relay"])): not in force since "
        + "\(shown(relay["inForce"]?["since"])): \(instance)\(shown(missing["reason"]))"
    }
  }

  /// One row for each organization. Columns that are zero for all are left out, so that most tables fit into 80
  /// columns.
  private static func organizations(_ elements: [JSON]) -> TextTable {
    let always = ["relays", "current", "keys"]
    let columns = [
      ("relays", "RELAYS"), ("current", "CURRENT"), ("stopped", "STOPPED"), ("inProgress", "STARTING"),
      ("failed", "FAILED"), ("notInForce", "NOT IN FORCE"), ("keys", "KEYS"), ("errors", "ERRORS"), ("held", "HELD"),
      ("drifted", "DRIFTED"),
    ].filter { name, _ in always.contains(name) || elements.contains { ($0[name]?.int ?? 0) != 0 } }
    var table = TextTable(["ORGANIZATION"] + columns.map(\.1))
    for org in elements { table.add([org["org"]?.text ?? ""] + columns.map { String(org[$0.0]?.int ?? 0) }) }
    return table
  }

  /// A text of the document on a single line.
  private static func shown(_ value: JSON?, orElse missing: String = "") -> String {
    (value?.text ?? missing).visible
  }
}

/// Modification times of files.
private enum FileTime {
  /// Seconds since 1970; nil if there is no such file.
  static func seconds(of path: String) -> Double? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
  }
}
