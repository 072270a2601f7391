package import AuditLog
import FoundationEssentials
package import TextFormats
package import DeploymentPlanning

/// State of a region that a daemon keeps between passes and restarts. It works out everything else again.
package struct SyncState: Sendable, Equatable {
  /// Apply that was begun and has not ended.
  package struct Pending: Sendable, Equatable {
    /// Step of the apply; `before` and `after` are digests of the object.
    package struct Step: Sendable, Equatable {
      package let action: SyncPlan.Step.Action
      package let id: ObjectID
      package let org: String
      package let before: String?
      package let after: String?
    }
    package let generation: Int
    package let commit: String
    package let steps: [Step]
  }

  /// Last state of an organization that could be applied.
  package struct LastGood: Sendable, Hashable {
    /// The commit's id; empty if nothing of the organization was ever applied.
    package let commit: String
    /// Seconds since 1970 at which the commit was compiled without errors; nil if unknown.
    package let time: Int64?

    package init(commit: String, time: Int64? = nil) {
      self.commit = commit
      self.time = time
    }
  }

  /// Deletions that were approved. The approval is used up with the intent.
  package struct Granted: Sendable, Equatable {
    /// The digest of the approved plan.
    package let digest: String
    /// The deletions that are still to be done.
    package var deletions: [SyncPlan.GrantedDeletion]

    package init(digest: String, deletions: [SyncPlan.GrantedDeletion]) {
      self.digest = digest
      self.deletions = deletions
    }
  }

  /// Changes that wait for an approval.
  package struct Held: Sendable, Equatable {
    /// Reason why an organization's changes wait.
    package struct Reason: Sendable, Equatable {
      package let org: String
      package let text: String
      /// The reason's code and parameters; nil in a state of an earlier version.
      package let code: String?
      package let parameters: JSON.Members

      package init(org: String, text: String, code: String? = nil, parameters: JSON.Members = [:]) {
        self.org = org
        self.text = text
        self.code = code
        self.parameters = parameters
      }
    }

    /// The digest that approves them.
    package let digest: String
    package let reasons: [Reason]
    /// The number of object changes that wait, by organization.
    package let changes: [String: Int]

    package init(digest: String, reasons: [Reason], changes: [String: Int]) {
      self.digest = digest
      self.reasons = reasons
      self.changes = changes
    }

    /// The held part of a plan; nil if nothing is held.
    package init?(_ plan: SyncPlan) {
      guard !plan.holds.isEmpty else { return nil }
      self.init(
        digest: plan.digest,
        reasons: plan.holds.map {
          Reason(org: $0.org, text: $0.explanation, code: $0.reason.code, parameters: $0.reason.parameters)
        },
        changes: plan.heldSteps.reduce(into: [:]) { $0[$1.org, default: 0] += 1 })
    }
  }

  /// Random name of this count of generations. If the state is lost, the next count has another name.
  package let epoch: String
  /// The last commit whose apply ended.
  package var applied: String?
  /// Milliseconds since 1970.
  package var appliedAt: Int64?
  /// The number of the last apply, from 1; 0 before the first one.
  package var generation = 0
  /// The apply that has not ended; nil if there is none.
  package var pending: Pending?
  /// For each organization that is pinned or whose changes are held, the state that it stays at.
  package var lastGood: [String: LastGood] = [:]
  /// Why an organization could not be rendered, unsealed or applied in the last pass.
  package var failures: [String: String] = [:]
  /// Approved deletions that are not done yet; nil if there are none.
  package var granted: Granted?
  /// For bundles from which keys were withdrawn while their deletion waits: the earlier digest by the current one.
  package var renewed: [String: String] = [:]
  /// Changes that the last pass held; nil if there are none.
  package var held: Held?
  /// The newest audit record that this region has seen. A log without it went back, or is another log.
  package var auditHead: AuditHead?
  /// Relays that did not have what was applied in force in time, as `ORGANIZATION/RELAY`, as they are reported. At most
  /// `maxNotInForce`.
  package var notInForce: [String: JSON] = [:]
  /// The largest number of relays in `notInForce`.
  package static let maxNotInForce = 200
  /// Keys of conditions that were recorded already, such as a refused commit or a held plan, so that each is recorded once.
  package var reported: [String] = []

  package init(epoch: String = "") { self.epoch = epoch }

  /// Returns the key under which something of a region's generation is recorded once.
  package func key(_ what: String, _ region: String, _ generation: Int) -> String {
    key("\(what)/\(region)", generation)
  }

  /// Returns the key under which something of a generation is recorded once.
  package func key(_ what: String, _ generation: Int) -> String { "\(what)/\(epoch)-\(generation)" }

  /// Forgets conditions that are over, so that they are recorded again if they come back.
  package mutating func forget(_ isOver: (String) -> Bool) { reported.removeAll(where: isOver) }

  /// Whether a condition was not recorded yet; from then on it counts as recorded. The last 100 are remembered.
  package mutating func isNews(_ text: String) -> Bool {
    guard !reported.contains(text) else { return false }
    reported = reported.suffix(99) + [text]
    return true
  }
}

extension SyncState {
  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = ["version": 1, "epoch": .string(epoch), "generation": .integer(generation)]
    if let applied { members["applied"] = .string(applied) }
    if let appliedAt { members["appliedAt"] = .integer(Int(appliedAt)) }
    let kept = lastGood.sorted { $0.key < $1.key }
    members["lastGood"] = .object(JSON.Members(kept.map { ($0.key, .string($0.value.commit)) }))
    members["lastGoodAt"] = .object(
      JSON.Members(kept.compactMap { org, good in good.time.map { (org, .integer(Int($0))) } }))
    if !failures.isEmpty {
      members["failures"] = .object(
        JSON.Members(failures.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    if let granted {
      members["granted"] = [
        "digest": .string(granted.digest), "deletions": .array(granted.deletions.map(\.json)),
      ]
    }
    if let held { members["held"] = held.json }
    if !renewed.isEmpty {
      members["renewed"] = .object(JSON.Members(renewed.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    if let auditHead {
      members["auditHead"] = [
        "sequence": .integer(Int(auditHead.sequence)), "hash": .string(Data(auditHead.hash).base64EncodedString()),
      ]
    }
    if !notInForce.isEmpty {
      members["notInForce"] = .object(
        JSON.Members(notInForce.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }
    members["reported"] = .array(reported.map(JSON.string))
    if let pending {
      members["pending"] = [
        "generation": .integer(pending.generation), "commit": .string(pending.commit),
        "steps": .array(pending.steps.map(\.json)),
      ]
    }
    return .object(members)
  }

  /// Reads the stored form; nil if it is not a state of this version.
  package init?(_ json: JSON) {
    guard json["version"]?.int == 1, let generation = json["generation"]?.int else { return nil }
    self.init(epoch: json["epoch"]?.text ?? "")
    self.generation = generation
    applied = json["applied"]?.text
    appliedAt = json["appliedAt"]?.int.map(Int64.init)
    if case .object(let members)? = json["lastGood"] {
      for (name, value) in members.pairs {
        guard let commit = value.text else { continue }
        lastGood[name] = LastGood(commit: commit, time: json["lastGoodAt"]?[name]?.int.map(Int64.init))
      }
    }
    if case .object(let members)? = json["failures"] {
      for (name, value) in members.pairs { failures[name] = value.text }
    }
    if let granted = json["granted"] {
      guard let digest = granted["digest"]?.text, let deletions = granted["deletions"]?.elements else { return nil }
      self.granted = Granted(digest: digest, deletions: deletions.compactMap(SyncPlan.GrantedDeletion.init))
    }
    held = json["held"].flatMap(Held.init)
    if case .object(let members)? = json["renewed"] {
      for (digest, earlier) in members.pairs { renewed[digest] = earlier.text }
    }
    if let sequence = json["auditHead"]?["sequence"]?.int,
      let hash = json["auditHead"]?["hash"]?.text.flatMap({ Data(base64Encoded: $0) })
    {
      auditHead = AuditHead(sequence: Int64(sequence), hash: Array(hash))
    }
    if case .object(let members)? = json["notInForce"] {
      for (relay, value) in members.pairs { notInForce[relay] = value }
    }
    reported = json["reported"]?.elements?.compactMap(\.text) ?? []
    if let pending = json["pending"] {
      guard let generation = pending["generation"]?.int, let commit = pending["commit"]?.text,
        let steps = pending["steps"]?.elements
      else { return nil }
      self.pending = Pending(generation: generation, commit: commit, steps: steps.compactMap(Pending.Step.init))
    }
  }
}

extension SyncState.Held {
  fileprivate var json: JSON {
    [
      "digest": .string(digest),
      "reasons": .array(
        reasons.map { reason in
          var members: JSON.Members = ["org": .string(reason.org), "reason": .string(reason.text)]
          if let code = reason.code {
            members["code"] = .string(code)
            members["parameters"] = .object(reason.parameters)
          }
          return .object(members)
        }),
      "changes": .object(JSON.Members(changes.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let digest = json["digest"]?.text, case .object(let members)? = json["changes"] else { return nil }
    self.init(
      digest: digest,
      reasons: (json["reasons"]?.elements ?? []).compactMap { reason in
        guard let org = reason["org"]?.text else { return nil }
        var parameters: JSON.Members = [:]
        if case .object(let members)? = reason["parameters"] { parameters = members }
        return Reason(
          org: org, text: reason["reason"]?.text ?? "", code: reason["code"]?.text, parameters: parameters)
      },
      changes: Dictionary(members.pairs.compactMap { pair in pair.value.int.map { (pair.name, $0) } }) { $1 })
  }
}

extension SyncState.Pending.Step {
  init(_ step: SyncPlan.Step) {
    self.init(action: step.action, id: step.id, org: step.org, before: step.before, after: step.after)
  }

  fileprivate var json: JSON {
    var members = id.members
    members["action"] = .string(action.rawValue)
    members["org"] = .string(org)
    if let before { members["before"] = .string(before) }
    if let after { members["after"] = .string(after) }
    return .object(members)
  }

  fileprivate init?(_ json: JSON) {
    guard let action = json["action"]?.text.flatMap(SyncPlan.Step.Action.init), let id = ObjectID(json),
      let org = json["org"]?.text
    else { return nil }
    self.init(action: action, id: id, org: org, before: json["before"]?.text, after: json["after"]?.text)
  }
}

extension SyncPlan.GrantedDeletion {
  fileprivate var json: JSON {
    var members = id.members
    if let before { members["before"] = .string(before) }
    return .object(members)
  }

  fileprivate init?(_ json: JSON) {
    guard let id = ObjectID(json) else { return nil }
    self.init(id: id, before: json["before"]?.text)
  }
}

extension ObjectID {
  fileprivate var members: JSON.Members {
    var members: JSON.Members = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name),
    ]
    if let namespace { members["namespace"] = .string(namespace) }
    return members
  }

  fileprivate init?(_ json: JSON) {
    guard let apiVersion = json["apiVersion"]?.text, let kind = json["kind"]?.text, let name = json["name"]?.text else {
      return nil
    }
    self.init(apiVersion: apiVersion, kind: kind, namespace: json["namespace"]?.text, name: name)
  }
}
