/// Kind of action in an audit record. This list is the source of truth for filters, documentation and the stores.
package enum AuditAction: String, Sendable, CaseIterable {
  case daemonStarted = "daemon.started"
  case daemonStopped = "daemon.stopped"
  case leadershipGained = "leadership.gained"
  case leadershipLost = "leadership.lost"
  case applyIntended = "apply.intended"
  case applyFinished = "apply.finished"
  case healthReached = "health.reached"
  case healthMissed = "health.missed"
  case objectCreated = "object.created"
  case objectUpdated = "object.updated"
  case objectDeleted = "object.deleted"
  case objectFailed = "object.failed"
  case relayInForce = "relay.in-force"
  case driftCorrected = "drift.corrected"
  case organizationFailed = "organization.failed"
  case commitAccepted = "commit.accepted"
  case rejectedInvalid = "rejected.invalid"
  case rejectedNonFastForward = "rejected.non_fast_forward"
  case rejectedUnsigned = "rejected.unsigned"
  case rejectedUnauthorized = "rejected.unauthorized"
  case heldForApproval = "held"
  case holdApproved = "hold.approved"
  case loggedIn = "login"
  case loginRefused = "login.refused"
  case diagnosticsRun = "diagnostics.run"
  case recordsImported = "audit.imported"

  /// Actions that a status server records.
  package static let ofStatusServer: [AuditAction] = [.loggedIn, .loginRefused, .diagnosticsRun]

  /// Regular expressions for the part of record keys before the first `/` that status servers may use.
  package static let keysOfStatusServer = ["login", "login[.]refused", "diagnostics"]

  /// What the action means.
  package var summary: String {
    switch self {
    case .daemonStarted: "the sync daemon started"
    case .daemonStopped: "the sync daemon stopped normally"
    case .leadershipGained: "this daemon became the active one"
    case .leadershipLost: "another daemon became the active one"
    case .applyIntended: "a generation is about to be applied; no change is made without this record"
    case .applyFinished: "a generation was applied; the detail counts its outcomes"
    case .healthReached: "all relays of a region match the generation"
    case .healthMissed: "relays of a region did not match the generation in time; the detail names some"
    case .objectCreated: "an object was created"
    case .objectUpdated: "an object was changed"
    case .objectDeleted: "an object removed from Git was deleted"
    case .objectFailed: "an object could not be created, changed or deleted; the detail says why"
    case .relayInForce:
      "every instance of a relay confirmed the files that were applied; the detail says when that was and names the instances"
    case .driftCorrected: "an object changed or deleted outside wpex was restored"
    case .organizationFailed:
      "an organization without errors could not be rendered, unsealed or given its identity; the detail says why"
    case .commitAccepted:
      "a commit was verified against the one accepted before; only this commit can be applied, and it decides who is allowed to do what"
    case .rejectedInvalid: "a commit's errors keep an organization, or everything, at the last valid commit"
    case .rejectedNonFastForward: "a commit that does not descend from the accepted one was refused"
    case .rejectedUnsigned: "a commit was refused, because it or one before it is not signed as the policy requires"
    case .rejectedUnauthorized:
      "a commit was refused, because its signer, or that of one before it, may not make its change"
    case .heldForApproval: "a plan removes more than policy allows and waits for approval"
    case .holdApproved: "a held plan was approved"
    case .loggedIn: "a user signed in to the status pages"
    case .loginRefused: "a sign-in to the status pages was refused"
    case .diagnosticsRun: "a user ran a measurement through a relay"
    case .recordsImported: "records were imported from another log"
    }
  }
}
