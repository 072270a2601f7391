import AuditLog
import FoundationEssentials
import GitStore
import RelayWire
import TextFormats
import SyncEngine
import DeploymentPlanning
import SyncService

/// Status document that the daemon writes and `wpex status` reads.
package enum StatusDocument {
  /// The file's name in the state folder.
  package static let file = "status.json"

  /// Returns the document.
  ///
  /// - Parameters:
  ///   - source: the followed repository, to show.
  ///   - health: the relays' conditions by region.
  ///   - stale: why what is shown of a region is old, by region.
  ///   - now: milliseconds since 1970.
  static func json(
    _ condition: SyncService.Condition, source: String, health: [String: [RelayCondition]],
    stale: [String: String] = [:], now: Int64
  ) -> JSON {
    var members: JSON.Members = ["version": 1, "time": .string(AuditExport.timestamp(now)), "source": .string(source)]
    if let head = condition.head {
      members["head"] = [
        "commit": .string(head.id), "summary": .string(head.summary),
        "author": .string("\(head.author.name) <\(head.author.email)>"),
      ]
    }
    if let problem = condition.problems { members["problem"] = .string(problem) }
    members["regions"] = .object(
      JSON.Members(
        health.keys.sorted().map { region in
          var members = Self.region(condition, region, health[region] ?? [], now)
          members["stale"] = stale[region].map { .string($0) }
          return (region, .object(members))
        }))
    let relaysByOrg = Dictionary(grouping: health.values.joined(), by: \.org)
    let held = condition.summaries.values.reduce(into: [String: Int]()) { held, summary in
      held.merge(summary.heldChanges, uniquingKeysWith: +)
    }
    // An organization that is no longer declared is shown while it has objects or holds.
    let declared = Set(condition.organizations.map(\.org))
    let left = Set(relaysByOrg.keys).union(held.keys).subtracting(declared).sorted()
      .map { SyncService.OrganizationCondition(org: $0) }
    members["organizations"] = .array(
      (condition.organizations + left).map { organization in
        let relays = relaysByOrg[organization.org] ?? []
        var members: JSON.Members = [
          "org": .string(organization.org), "relays": .integer(organization.relays),
          "keys": .integer(organization.keys),
          "errors": .integer(organization.errors), "kept": .bool(organization.isPinned),
          "current": .integer(relays.count { $0.status == .current }),
          "stopped": .integer(relays.count { $0.status == .stopped }),
          "inProgress": .integer(relays.count { $0.status == .inProgress }),
          "failed": .integer(relays.count { $0.status == .failed }),
          "notInForce": .integer(relays.count { $0.inForce?.state(at: now) == .notInForce }),
          "held": .integer(held[organization.org] ?? 0),
          // Counted since the daemon started, as drift is corrected at once.
          "drifted": .integer(condition.drifted[organization.org] ?? 0),
        ]
        if let failure = condition.failure(of: organization.org) { members["failure"] = .string(failure) }
        return .object(members)
      })
    return .object(members)
  }

  private static func region(
    _ condition: SyncService.Condition, _ region: String, _ health: [RelayCondition], _ now: Int64
  ) -> JSON.Members {
    var members: JSON.Members = [:]
    if let summary = condition.summaries[region] {
      members["applied"] = .string(summary.commit)
      if let generation = summary.generation { members["generation"] = .integer(generation) }
      members["outcome"] = .string(summary.text)
      members["objects"] = [
        "created": .integer(summary.created), "updated": .integer(summary.updated),
        "deleted": .integer(summary.deleted), "failed": .integer(summary.failed), "held": .integer(summary.held),
        "unchanged": .integer(summary.unchanged),
      ]
      if !summary.lastGood.isEmpty {
        members["lastGood"] = .object(
          JSON.Members(summary.lastGood.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
      }
    }
    members["relays"] = .array(
      health.map { relay in
        var fields: JSON.Members = [
          "org": .string(relay.org), "relay": .string(relay.relay), "status": .string(relay.status.words),
          "detail": .string(relay.detail),
        ]
        if let endpoint = relay.endpoint {
          if let text = endpoint.text { fields["endpoint"] = .string(text) }
          fields["endpointState"] = .string(endpoint.state.rawValue)
        }
        if let members = relay.members {
          fields["members"] = ["ready": .integer(members.ready), "declared": .integer(members.declared)]
        }
        if let inForce = relay.inForce { fields["inForce"] = inForce.json(at: now, runs: relay.status == .current) }
        return .object(fields)
      })
    let holds = condition.holds(in: region)
    if !holds.isEmpty, let digest = condition.summaries[region]?.heldDigest {
      members["held"] = [
        "digest": .string(digest),
        "changes": .object(
          JSON.Members(
            (condition.summaries[region]?.heldChanges ?? [:]).sorted { $0.key < $1.key }
              .map { ($0.key, .integer($0.value)) })),
        "reasons": .array(
          holds.map {
            [
              "org": .string($0.org), "reason": .string($0.explanation), "code": .string($0.reason.code),
              "parameters": .object($0.reason.parameters),
            ]
          }),
      ]
    }
    return members
  }
}
