package import StructuredText
package import SyncPlanning

/// What a daemon remembers of a region between passes and over restarts. Everything else it finds out anew.
package struct SyncState: Sendable, Equatable {
  /// An apply that was begun and has not ended.
  package struct Pending: Sendable, Equatable {
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

  /// Tells this count of generations from another one, begun where a state was lost.
  package let epoch: String
  /// The last commit whose apply ended.
  package var applied: String?
  /// Milliseconds since 1970.
  package var appliedAt: Int64?
  package var generation = 0
  package var pending: Pending?
  /// For each organization that has errors, the last commit in which it had none.
  package var lastGood: [String: String] = [:]
  /// What was told about already: a commit that is refused, or a held plan, is recorded once.
  package var reported: [String] = []

  package init(epoch: String = "") { self.epoch = epoch }

  /// What makes a record of a generation happen once.
  package func key(_ what: String, _ region: String, _ generation: Int) -> String {
    "\(what)/\(region)/\(epoch)-\(generation)"
  }

  package mutating func isNews(_ text: String) -> Bool {
    guard !reported.contains(text) else { return false }
    reported = reported.suffix(99) + [text]
    return true
  }
}

extension SyncState {
  package var json: JSON {
    var members: JSON.Members = ["version": 1, "epoch": .string(epoch), "generation": .integer(generation)]
    if let applied { members["applied"] = .string(applied) }
    if let appliedAt { members["appliedAt"] = .integer(Int(appliedAt)) }
    members["lastGood"] = .object(
      JSON.Members(lastGood.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    members["reported"] = .array(reported.map(JSON.string))
    if let pending {
      members["pending"] = [
        "generation": .integer(pending.generation), "commit": .string(pending.commit),
        "steps": .array(pending.steps.map(\.json)),
      ]
    }
    return .object(members)
  }

  /// - Returns: Nil where the JSON is no state of this version.
  package init?(_ json: JSON) {
    guard json["version"]?.int == 1, let generation = json["generation"]?.int else { return nil }
    self.init(epoch: json["epoch"]?.text ?? "")
    self.generation = generation
    applied = json["applied"]?.text
    appliedAt = json["appliedAt"]?.int.map(Int64.init)
    if case .object(let members)? = json["lastGood"] {
      for (name, value) in members.pairs { lastGood[name] = value.text }
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

extension SyncState.Pending.Step {
  init(_ step: SyncPlan.Step) {
    self.init(action: step.action, id: step.id, org: step.org, before: step.before, after: step.after)
  }

  fileprivate var json: JSON {
    var members: JSON.Members = [
      "action": .string(action.rawValue), "apiVersion": .string(id.apiVersion), "kind": .string(id.kind),
      "name": .string(id.name), "org": .string(org),
    ]
    if let namespace = id.namespace { members["namespace"] = .string(namespace) }
    if let before { members["before"] = .string(before) }
    if let after { members["after"] = .string(after) }
    return .object(members)
  }

  fileprivate init?(_ json: JSON) {
    guard let action = json["action"]?.text.flatMap(SyncPlan.Step.Action.init),
      let apiVersion = json["apiVersion"]?.text, let kind = json["kind"]?.text, let name = json["name"]?.text,
      let org = json["org"]?.text
    else { return nil }
    self.init(
      action: action,
      id: ObjectID(apiVersion: apiVersion, kind: kind, namespace: json["namespace"]?.text, name: name), org: org,
      before: json["before"]?.text, after: json["after"]?.text)
  }
}
