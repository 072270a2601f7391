import ConfigCompiler
import ConfigModel
import FleetMonitoring
import TextFormats

/// A command suggested in place of a button; it creates the pull request or runs the diagnostic.
struct Command: Sendable {
  /// Actions for which a command is suggested.
  enum Action: String, CaseIterable, Sendable {
    case start, stop, restart, upgrade, delete
    case diagPing = "diag-ping"
    case diagTraceroute = "diag-traceroute"
    case diagBench = "diag-bench"
    case revoke, approve, disable
    case activateOrganization = "activate-org"
    case addRelay = "add-relay"
    case addKey = "add-key"

    /// Description for people.
    var label: String {
      switch self {
      case .start: "Start this relay"
      case .stop: "Stop this relay"
      case .restart: "Restart this relay's pods"
      case .upgrade: "Change this relay's image"
      case .delete: "Remove it from the repository"
      case .diagPing: "Ping a target from this relay"
      case .diagTraceroute: "Trace the route to a target from this relay"
      case .diagBench: "Measure ping times to a target from this relay"
      case .revoke: "Revoke this key"
      case .approve: "Approve this user"
      case .disable: "Disable this user"
      case .activateOrganization: "Activate this organization"
      case .addRelay: "Add a relay"
      case .addKey: "Add a key"
      }
    }

    /// Permission required.
    var needs: Permission {
      switch self {
      case .start, .stop, .restart, .upgrade, .delete, .addRelay: .relaysWrite
      case .diagPing, .diagTraceroute, .diagBench: .diagnosticsRun
      case .revoke, .addKey: .keysWrite
      case .approve: .usersApprove
      case .disable: .usersWrite
      case .activateOrganization: .orgsWrite
      }
    }
  }

  /// Action of the command.
  let action: Action
  /// Command line.
  let text: String

  /// Returns the commands that the viewer's permissions allow.
  static func allowed(_ commands: [(Action, String)], in org: String?, _ sight: VisibleSnapshot) -> [Command] {
    commands.filter { sight.allows($0.0.needs, in: org) }.map { action, words in
      Command(action: action, text: "\(sight.snapshot.installation.commandPrefix) \(words)")
    }
  }

  /// Returns the commands for a relay.
  static func of(_ relay: DeclaredRelay, _ sight: VisibleSnapshot) -> [Command] {
    let id = ShellText.word(relay.id.description)
    let measurements: [(Action, String)] = [
      (.diagPing, "diag ping \(id) TARGET"), (.diagTraceroute, "diag traceroute \(id) TARGET"),
      (.diagBench, "diag bench \(id) TARGET"),
    ]
    // A relay that has left the repository cannot be edited there.
    if relay.staying?.reason == .removalHeld { return allowed(measurements, in: relay.org, sight) }
    return allowed(
      [
        relay.isRunning ? (.stop, "relay stop \(id)") : (.start, "relay start \(id)"),
        (.restart, "relay restart \(id)"), (.upgrade, "relay upgrade \(id) --tag TAG --digest DIGEST"),
        (.delete, "relay delete \(id)"),
      ] + measurements, in: relay.org, sight)
  }

  /// Returns the commands for a key.
  static func of(_ key: DeclaredKey, _ sight: VisibleSnapshot) -> [Command] {
    allowed(key.status == .revoked ? [] : [(.revoke, "key revoke \(ShellText.word("\(key.id)"))")], in: key.org, sight)
  }

  /// Returns the commands for a user.
  static func of(_ user: DeclaredUser, _ sight: VisibleSnapshot) -> [Command] {
    let id = ShellText.word(user.id.description)
    let commands: [(Action, String)] =
      switch user.spec.status {
      case .pending: [(.approve, "user approve \(id)")]
      case .active: [(.disable, "user disable \(id)")]
      case .disabled: []
      }
    return allowed(commands, in: user.id.org, sight)
  }

  /// Returns the commands for an organization.
  static func of(_ organization: DeclaredOrganization, _ sight: VisibleSnapshot) -> [Command] {
    let name = ShellText.word(organization.name)
    var commands: [(Action, String)] = [
      (.addRelay, "relay create \(name)/NAME --region REGION --key KEY"),
      (.addKey, "key add \(name)/NAME --public-key PUBLIC_KEY"),
    ]
    if organization.spec?.status != .active { commands.insert((.activateOrganization, "org approve \(name)"), at: 0) }
    return allowed(commands, in: name, sight)
  }
}
