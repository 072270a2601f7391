extension Statement {
  /// What the server says, each with its English text. Pages have a text for every code in every language; codes and names
  /// of parameters stay the same.
  package enum Code: String, Sendable, CaseIterable {
    case quoted

    // Alerts.
    case healthLow = "health-low"
    case restartsHigh = "restarts-high"
    case handshakesLow = "handshakes-low"
    case bandwidthUsed = "bandwidth-used"
    case organizationBandwidthUsed = "organization-bandwidth-used"
    case notRunning = "not-running"
    case startingLong = "starting-long"
    case runningSilent = "running-silent"
    case noInstanceReady = "no-instance-ready"
    case membersMissing = "members-missing"
    case membersDisagree = "members-disagree"
    case notInForce = "not-in-force"
    case keyExpires = "key-expires"
    case keyExpired = "key-expired"
    case slaMissed = "sla-missed"
    case organizationsKept = "organizations-kept"
    case changesHeld = "changes-held"
    case configurationErrors = "configuration-errors"
    case driftCorrected = "drift-corrected"
    case sourceOutOfDate = "source-out-of-date"
    case portUnreachable = "port-unreachable"
    case hostUnknown = "host-unknown"

    // Parts of a health score.
    case instancesReady = "instances-ready"
    case restarts
    case handshakesNone = "handshakes-none"
    case handshakesSucceeded = "handshakes-succeeded"
    case notReported = "not-reported"
    case keysNone = "keys-none"
    case keysConnected = "keys-connected"

    // Conditions of relays and their instances.
    case notSeen = "not-seen"
    case notApplied = "not-applied"
    case stopped
    case starting
    case restarted
    case identityMissing = "identity-missing"
    case notResponding = "not-responding"
    case changeNotSeen = "change-not-seen"
    case podsNotStarting = "pods-not-starting"
    case podsStopping = "pods-stopping"
    case oldPodsStopping = "old-pods-stopping"
    case newPodsStarting = "new-pods-starting"
    case podsUpdated = "pods-updated"
    case podsReady = "pods-ready"
    case processesRunning = "processes-running"
    case containerEnded = "container-ended"
    case lastExit = "last-exit"
    case lastExitStatus = "last-exit-status"
    case lastExitSignal = "last-exit-signal"
    case notStarted = "not-started"
    case notScheduled = "not-scheduled"

    // What does not answer, or cannot be read.
    case noAnswer = "no-answer"
    case answerStatus = "answer-status"
    case answerUnknown = "answer-unknown"
    case answerTooLong = "answer-too-long"
    case connectionLost = "connection-lost"
    case connectionFailed = "connection-failed"
    case logNotRead = "log-not-read"
    case logUnreadable = "log-unreadable"
    case notReadYet = "not-read-yet"
    case sourceSilent = "source-silent"
    case noStatusDocument = "no-status-document"

    // Where key figures come from.
    case collectionPartial = "collection-partial"
    case collectionStale = "collection-stale"
    case collectionOff = "collection-off"
    case collectionWaiting = "collection-waiting"

    // What a pass changed in a region, and why deletions wait for approval.
    case objectsCreated = "objects-created"
    case objectsUpdated = "objects-updated"
    case objectsDeleted = "objects-deleted"
    case objectsFailed = "objects-failed"
    case objectsHeld = "objects-held"
    case objectsUnchanged = "objects-unchanged"
    case heldTooMany = "held-too-many"
    case heldProtected = "held-protected"
    case heldNamespace = "held-namespace"
    case heldNothingDeclared = "held-nothing-declared"

    package var english: English {
      switch self {
      case .quoted: "{text}"
      case .healthLow: "Health score {score} is below the threshold of {threshold}."
      case .restartsHigh:
        .counted(
          one: "Restarted {count} time (threshold {threshold}). Check its log and events.",
          other: "Restarted {count} times (threshold {threshold}). Check its log and events.")
      case .handshakesLow:
        .counted(
          one: "{completed} of {count} handshake succeeded in the last 5 minutes. Check which keys are not connected.",
          other: "Only {completed} of {count} handshakes succeeded in the last 5 minutes. "
            + "Check which keys are not connected.")
      case .bandwidthUsed: "Using {percent}% of {limit} Mbit/s. Traffic above the limit is dropped."
      case .organizationBandwidthUsed: "Its relays use {percent}% of {limit} Mbit/s in total."
      case .notRunning: "Should be running but is not."
      case .startingLong: "Has been starting for {seconds:duration}."
      case .runningSilent: "Running but not responding."
      case .noInstanceReady: "No instance is ready."
      case .membersMissing:
        .counted(
          one: "{ready} of {count} process ready.",
          other: "{ready} of {count} processes ready. Peers of a missing process continue at the others.")
      case .membersDisagree: "Its processes have disagreed for {seconds:duration}. Check the network between them."
      case .notInForce: "Not in force at {instance} ({reason}). A revoked key may still work there."
      case .keyExpires: "Expires on {date:day}. Extend or revoke it."
      case .keyExpired: "Expired on {date:day}; no relay accepts it. Extend or revoke it."
      case .slaMissed: "Uptime {percent}% is below the {target}% target."
      case .organizationsKept: "All organizations stay at the last valid commit."
      case .changesHeld:
        .counted(one: "{count} object change awaits approval.", other: "{count} object changes await approval.")
      case .configurationErrors:
        .counted(one: "{count} error in its configuration.", other: "{count} errors in its configuration.")
      case .driftCorrected:
        .counted(
          one: "{count} object was changed outside Git and has been restored.",
          other: "{count} objects were changed outside Git and have been restored.")
      case .sourceOutOfDate: "Data from this source is out of date."
      case .portUnreachable: "No UDP datagram reaches {endpoint}: {error}."
      case .hostUnknown: "The host name {host} cannot be resolved."

      case .instancesReady:
        .counted(one: "{ready} of {count} instance ready", other: "{ready} of {count} instances ready")
      case .restarts: .counted(one: "{count} restart", other: "{count} restarts")
      case .handshakesNone: "No handshakes in the last 5 minutes"
      case .handshakesSucceeded:
        .counted(
          one: "{completed} of {count} handshake succeeded in the last 5 minutes",
          other: "{completed} of {count} handshakes succeeded in the last 5 minutes")
      case .notReported: "Not reported"
      case .keysNone: "No keys declared"
      case .keysConnected:
        .counted(one: "{connected} of {count} key connected", other: "{connected} of {count} keys connected")

      case .notSeen: "No data yet."
      case .notApplied: "Not applied yet."
      case .stopped: "Stopped by configuration."
      case .starting: "Starting."
      case .restarted: .counted(one: "Restarted {count} time.", other: "Restarted {count} times.")
      case .identityMissing: "Waiting for its organization's identity."
      case .notResponding: "Not responding."
      case .changeNotSeen: "The cluster has not processed the change yet."
      case .podsNotStarting: "Its pods do not start."
      case .podsStopping: "Its pods are stopping."
      case .oldPodsStopping: "Old pods are stopping."
      case .newPodsStarting:
        .counted(
          one: "{count} new pod is not ready. Old pods serve until then.",
          other: "{count} new pods are not ready. Old pods serve until then.")
      case .podsUpdated: .counted(one: "{updated} of {count} pod updated.", other: "{updated} of {count} pods updated.")
      case .podsReady: .counted(one: "{ready} of {count} pod ready.", other: "{ready} of {count} pods ready.")
      case .processesRunning:
        .counted(one: "{running} of {count} process running.", other: "{running} of {count} processes running.")
      case .containerEnded: "Container ended: {reason}"
      case .lastExit: "Last exit: {reason}"
      case .lastExitStatus: "Last exit: status {status}."
      case .lastExitSignal: "Last exit: killed by signal {signal}."
      case .notStarted: "Could not be started: {error}"
      case .notScheduled: "Not scheduled: {reason}"

      case .noAnswer: "No answer within {seconds:duration}."
      case .answerStatus: "Answers with HTTP status {status}."
      case .answerUnknown: "Its answer is not JSON: another program uses its port."
      case .answerTooLong: "Its answer is longer than {bytes} bytes."
      case .connectionLost: "The connection was lost: {error}."
      case .connectionFailed: "No connection: {error}."
      case .logNotRead: "Its log could not be read within {seconds:duration}."
      case .logUnreadable: "Its log cannot be read: {error}"
      case .notReadYet: "Not read yet."
      case .sourceSilent: "Not responding. The server's log says why."
      case .noStatusDocument: "No daemon has written {file} yet."

      case .collectionPartial:
        .counted(
          one: "{count} of {asked} relays is not responding. Its last known values are shown.",
          other: "{count} of {asked} relays are not responding. Their last known values are shown.")
      case .collectionStale: "No relay is responding. The last known values are shown."
      case .collectionOff: "No metrics are collected."
      case .collectionWaiting: "No relay has reported yet."

      case .objectsCreated: .counted(one: "{count} object created.", other: "{count} objects created.")
      case .objectsUpdated: .counted(one: "{count} object updated.", other: "{count} objects updated.")
      case .objectsDeleted: .counted(one: "{count} object deleted.", other: "{count} objects deleted.")
      case .objectsFailed: .counted(one: "{count} object failed.", other: "{count} objects failed.")
      case .objectsHeld: .counted(one: "{count} object held.", other: "{count} objects held.")
      case .objectsUnchanged: .counted(one: "{count} object unchanged.", other: "{count} objects unchanged.")
      case .heldTooMany:
        .counted(
          one: "{removed} of {count} relay would be removed: more than `policy.maxDeletions` allows.",
          other: "{removed} of {count} relays would be removed: more than `policy.maxDeletions` allows.")
      case .heldProtected: "Relay {relay} has `deletionProtection` and would be removed."
      case .heldNamespace: "The namespace {namespace} and everything in it would be removed."
      case .heldNothingDeclared: "Nothing is declared any more: everything would be removed."
      }
    }
  }
}
