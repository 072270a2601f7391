import ConfigModel
import KubernetesModel
import DeploymentPlanning

/// A section of the report, shared by the formats for people.
struct PlanSection: Sendable {
  /// Kinds of lines, which determine their mark and color.
  enum Sign: String, Sendable {
    case added = "+"
    case removed = "-"
    case changed = "~"
    case warning = "!"
    /// Details of the line above.
    case detail = " "
    /// A heading for the lines below.
    case heading = ""
  }

  struct Line: Sendable {
    let sign: Sign
    let sentence: Sentence

    init(_ sign: Sign, _ sentence: Sentence) {
      self.sign = sign
      self.sentence = sentence
    }
  }

  let title: String
  let lines: [Line]
  /// Whether the section is collapsed where the format allows it.
  var isSecondary = false
}

extension ChangePlan {
  /// The key facts in a few lines.
  var summary: [PlanSection.Line] {
    guard !isEmpty else { return [PlanSection.Line(.detail, "Nothing changes.")] }
    var lines: [PlanSection.Line] = []
    func add(_ sign: PlanSection.Sign, _ sentence: Sentence) { lines.append(PlanSection.Line(sign, sentence)) }
    func pairs(_ operation: AccessChange.Operation, _ sign: PlanSection.Sign, _ verb: String) {
      let changes = access.filter { $0.operation == operation }
      guard !changes.isEmpty else { return }
      let keys = Set(changes.map { [$0.org, $0.key] }).count
      let relays = Set(changes.map { [$0.org, $0.relay] }).count
      add(sign, "\(keys, "key") \(words: keys == 1 ? verb : String(verb.dropLast())) \(relays, "relay")")
    }
    pairs(.gained, .added, "gains")
    pairs(.lost, .removed, "loses")
    let replaced = Set(access.filter { $0.operation == .replaced }.map { [$0.org, $0.key] }).count
    if replaced > 0 { add(.changed, "\(replaced, "key") \(words: replaced == 1 ? "is" : "are") replaced") }
    for operation in PairChange.Operation.allCases {
      let count = self.pairs.filter { $0.operation == operation }.reduce(0) { $0 + $1.count }
      guard count > 0 else { continue }
      add(operation.sign, "\(count, "pair") of keys \(words: operation.words)")
    }
    if !rights.isEmpty {
      let users = Set(rights.map(\.user)).count
      add(.changed, "\(users, "user") \(words: users == 1 ? "gets" : "get") different rights")
    }
    if !endpoints.isEmpty {
      let peers = endpoints.reduce(0) { $0 + $1.peers.count }
      add(.warning, "\(peers, "peer") of \(endpoints.count, "relay") must change the endpoint")
    }
    for change in podSecurity { lines.append(change.line) }
    for effect in RelayChange.Effect.allCases where effect != .unaffected {
      let count = relays.count { $0.effect == effect }
      if count > 0 { add(effect.sign, "\(count, "relay") \(words: effect.words(isOne: count == 1))") }
    }
    if !documents.isEmpty {
      add(.detail, "\(documents.count, "document") \(words: documents.count == 1 ? "differs" : "differ")")
    }
    for region in regions {
      let counts = SyncPlan.Step.Action.allCases.compactMap { action -> String? in
        let count = region.all.count { $0.action == action }
        return count == 0 ? nil : "\(count) to \(action.rawValue)"
      }
      let held = region.plan.heldSteps.isEmpty ? "" : "; \(region.plan.heldSteps.count) of them held"
      add(
        region.digest == nil ? .detail : .warning,
        "region \(region.region): \(words: counts.joined(separator: ", ") + held)")
    }
    if regions.isEmpty { add(.detail, "no Kubernetes object changes") }
    return lines
  }

  /// All sections, access first.
  var sections: [PlanSection] {
    [
      held, PlanSection(title: "Access", lines: access.map(\.line) + pairs.flatMap(\.lines)),
      PlanSection(title: "Rights", lines: rights.flatMap(\.lines)),
      PlanSection(title: "Peers to change", lines: endpoints.map(\.line)),
      PlanSection(title: "Pod Security", lines: podSecurity.map(\.line)), relaySection, otherDocuments, cautions,
      objects,
    ].filter { !$0.lines.isEmpty }
  }

  private var held: PlanSection {
    var lines: [PlanSection.Line] = []
    for region in regions {
      guard let digest = region.digest else { continue }
      for hold in region.plan.holds {
        lines.append(.init(.warning, "\(region.region): \(hold.org): \(words: hold.explanation)"))
      }
      let orgs = Set(region.plan.holds.map(\.org)).sorted().joined(separator: ", ")
      lines.append(
        .init(
          .detail,
          "until this is approved, nothing of \(orgs) changes in \(region.region), except that keys are withdrawn:"))
      lines.append(.init(.detail, "\("wpex sync approve \(digest)")"))
    }
    return PlanSection(title: "Held for approval", lines: lines)
  }

  private var relaySection: PlanSection {
    let documents = Dictionary(
      documents.filter { $0.kind == .relay }.map { ("\($0.org ?? "")/\($0.name)", $0) }
    ) { first, _ in first }
    return PlanSection(
      title: "Relays",
      lines: relays.flatMap { change -> [PlanSection.Line] in
        let document = documents["\(change.org)/\(change.relay)"]
        let created = document?.operation == .added
        let what: Sentence = "relay \(change.relay) of \(change.org) in \(change.region): "
        let outcome: Sentence =
          created
          ? "created\(words: change.effect == .unaffected ? ", stopped" : "")" : "\(words: change.effect.sentence)"
        let held: Sentence = change.isHeld ? " (held)" : ""
        return [.init(created ? .added : change.effect.sign, "\(what)\(outcome)\(held)")] + (document?.lines ?? [])
      })
  }

  private var otherDocuments: PlanSection {
    PlanSection(
      title: "Other documents",
      lines: documents.filter { $0.kind != .relay }.flatMap { change -> [PlanSection.Line] in
        let of: Sentence = change.kind == .organization ? "" : change.org.map { " of \($0)" } ?? ""
        return [
          .init(change.sign, "\(words: change.kind.rawValue.lowercased()) \(change.name)\(of) \(words: change.verb)")
        ] + change.lines
      })
  }

  private var cautions: PlanSection {
    PlanSection(
      title: "Not known",
      lines: unknown.map {
        .init(
          .warning,
          "\($0) has errors in the base, so the daemon keeps its last good state: its changes are not known")
      })
  }

  private var objects: PlanSection {
    PlanSection(
      title: "Objects",
      lines: regions.flatMap { region in
        [.init(.heading, "region \(region.region)")]
          + region.plan.steps.map { $0.line(isHeld: false) } + region.plan.heldSteps.map { $0.line(isHeld: true) }
      }, isSecondary: true)
  }
}

extension RegionPlan {
  var all: [SyncPlan.Step] { plan.steps + plan.heldSteps }
}
