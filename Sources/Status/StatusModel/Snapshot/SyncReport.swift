import ConfigModel
package import FleetMonitoring
package import TextFormats

/// State of the sync, as the daemon records it for `wpex status`.
package struct SyncReport: Sendable, Equatable {
  /// State of one region.
  package struct Region: Sendable, Equatable {
    /// Name of the region.
    package let name: String
    /// Commit applied in the region.
    package let applied: String?
    /// Number of the last apply that changed anything.
    package let generation: Int?
    /// Outcome of the last pass, in words.
    package let outcome: String?
    /// The outcome as statements; empty if it is not known by number.
    package let outcomeStatements: [Statement]
    package let held: Hold?
    /// Commits that kept or held organizations run from, by organization; empty text if nothing was ever applied.
    package let lastGood: [String: String]
  }

  /// Deletions that await approval.
  package struct Hold: Sendable, Equatable {
    /// Digest of the plan, by which it is approved.
    package let digest: String
    /// Number of object changes that await approval, by organization.
    package let changes: [String: Int]
    /// Why the plan is held.
    package let reasons: [Reason]

    /// Creates a hold.
    package init(digest: String, changes: [String: Int], reasons: [Reason]) {
      self.digest = digest
      self.changes = changes
      self.reasons = reasons
    }
  }

  /// Why changes of an organization are held.
  package struct Reason: Sendable, Equatable {
    /// Name of the organization.
    package let org: String
    /// Reason in words.
    package let text: String
    /// The same as a statement; nil if a daemon of an earlier version gives no code.
    package let statement: Statement?

    package init(org: String, text: String, code: String? = nil, parameters: JSON.Members = [:]) {
      self.org = org
      self.text = text
      statement = code.flatMap(Statement.Code.init).map { Statement($0, parameters) }
    }
  }

  /// State of one organization, over all regions.
  package struct Organization: Sendable, Equatable {
    /// Number of errors in the newest commit.
    package var errors = 0
    /// Whether errors keep it at its last good state.
    package var isKept = false
    /// Number of object changes that await approval.
    package var held = 0
    /// Number of objects found changed outside wpex.
    package var drifted = 0
    /// Why it stays at its last good state although it has no errors.
    package var failure: String?

    /// Whether it runs from an older commit than the applied one.
    package var stays: Bool { isKept || failure != nil || held > 0 }
  }

  /// Repository that the daemon follows.
  package var source: String?
  /// Newest commit the daemon has seen.
  package var head: String?
  /// Why passes fail; nil if they succeed.
  package var problem: String?
  /// State by region.
  package var regions: [Region] = []
  /// State by organization.
  package var organizations: [String: Organization] = [:]
  /// Whether what was applied is in force, by relay.
  package var inForce: [RelayID: RelayEnforcement] = [:]

  /// Creates an empty report.
  package init() {}

  /// Parses the daemon's status document.
  ///
  /// - Returns: Nil if the JSON is not a document of this version.
  package init?(document: JSON) {
    guard document["version"]?.int == 1 else { return nil }
    source = document["source"]?.text
    head = document["head"]?["commit"]?.text
    problem = document["problem"]?.text
    if case .object(let members)? = document["regions"] {
      regions = members.pairs.map { name, region in
        Region(
          name: name, applied: region["applied"]?.text, generation: region["generation"]?.int,
          outcome: region["outcome"]?.text, outcomeStatements: Self.outcome(region["objects"]),
          held: region["held"].flatMap(Hold.init),
          lastGood: region["lastGood"].map(Self.texts) ?? [:])
      }
    }
    if case .object(let members)? = document["regions"] {
      for relay in members.pairs.flatMap({ $0.value["relays"]?.elements ?? [] }) {
        guard let org = relay["org"]?.text, let name = relay["relay"]?.text else { continue }
        inForce[RelayID(org: org, name: name)] = relay["inForce"].flatMap(RelayEnforcement.init)
      }
    }
    for organization in document["organizations"]?.elements ?? [] {
      guard let name = organization["org"]?.text else { continue }
      let errors = organization["errors"]?.int ?? 0
      organizations[name] = Organization(
        errors: errors, isKept: organization["kept"].map { $0 == .bool(true) } ?? (errors > 0),
        held: organization["held"]?.int ?? 0,
        drifted: organization["drifted"]?.int ?? 0, failure: organization["failure"]?.text)
    }
  }

  private static func outcome(_ objects: JSON?) -> [Statement] {
    let codes: [(String, Statement.Code)] = [
      ("created", .objectsCreated), ("updated", .objectsUpdated), ("deleted", .objectsDeleted),
      ("failed", .objectsFailed), ("held", .objectsHeld), ("unchanged", .objectsUnchanged),
    ]
    return codes.compactMap { name, code in
      guard let count = objects?[name]?.int, count > 0 || code == .objectsUnchanged else { return nil }
      return Statement(code, ["count": .integer(count)])
    }
  }

  private static func texts(_ json: JSON) -> [String: String] {
    guard case .object(let members) = json else { return [:] }
    return Dictionary(members.pairs.compactMap { pair in pair.value.text.map { (pair.name, $0) } }) { $1 }
  }

  /// Adds the state of a region as the daemon stores it.
  ///
  /// - Parameters:
  ///   - region: name of the region.
  ///   - applied: commit applied in the region.
  ///   - generation: number of the last apply.
  ///   - lastGood: commits that kept or held organizations run from, by organization.
  ///   - held: deletions that await approval.
  package mutating func add(
    region: String, applied: String?, generation: Int?, lastGood: [String: String] = [:], held: Hold? = nil
  ) {
    regions.append(
      Region(
        name: region, applied: applied, generation: generation, outcome: nil, outcomeStatements: [],
        held: held, lastGood: lastGood))
    for (org, count) in held?.changes ?? [:] { organizations[org, default: Organization()].held += count }
  }

  /// Marks an organization as pinned to its last good commit.
  ///
  /// - Parameters:
  ///   - org: name of the organization.
  ///   - failure: reason, if it is not errors of its own.
  package mutating func keep(_ org: String, failure: String? = nil) {
    if let failure {
      organizations[org, default: Organization()].failure = failure
    } else {
      organizations[org, default: Organization()].errors = 1
      organizations[org, default: Organization()].isKept = true
    }
  }

  /// The part from which alerts are derived.
  package var observation: SyncObservation {
    var held: [String: Int] = [:]
    for region in regions { if let hold = region.held { held[region.name] = hold.changes.values.reduce(0, +) } }
    return SyncObservation(
      failure: problem, held: held,
      errors: organizations.mapValues { $0.errors + ($0.failure == nil ? 0 : 1) }.filter { $0.value > 0 },
      drifted: organizations.mapValues(\.drifted).filter { $0.value > 0 }, inForce: inForce)
  }
}

extension RelayEnforcement {
  /// Parses what the daemon records of a relay; nil if it is something else.
  package init?(_ json: JSON) {
    let states: [String: State] = [
      "in force": .inForce, "pending": .pending, "not in force": .notInForce, "no instance": .idle,
    ]
    guard let state = json["state"]?.text.flatMap({ states[$0] }) else { return nil }
    self.init(
      state, serial: json["serial"]?.int, applied: Self.seconds(json["applied"]),
      inForce: Self.seconds(json["inForce"]),
      since: Self.seconds(json["since"]), instances: json["instances"]?.int ?? 0,
      missing: (json["missing"]?.elements ?? []).compactMap { missing in
        missing["reason"]?.text.map { Missing(instance: missing["instance"]?.text, reason: $0) }
      })
  }

  /// Returns the seconds since 1970 of a time with milliseconds.
  private static func seconds(_ json: JSON?) -> Double? {
    guard let text = json?.text, text.utf8.count == 24, let time = Timestamp(text.prefix(19) + "Z"),
      let milliseconds = Double(text.dropFirst(20).prefix(3))
    else { return nil }
    return Double(time.unixSeconds) + milliseconds / 1_000
  }
}

extension SyncReport.Hold {
  fileprivate init?(_ json: JSON) {
    guard let digest = json["digest"]?.text else { return nil }
    var changes: [String: Int] = [:]
    if case .object(let members)? = json["changes"] {
      for (org, count) in members.pairs { changes[org] = count.int }
    }
    self.init(
      digest: digest, changes: changes,
      reasons: (json["reasons"]?.elements ?? []).compactMap { reason in
        guard let org = reason["org"]?.text else { return nil }
        var parameters: JSON.Members = [:]
        if case .object(let members)? = reason["parameters"] { parameters = members }
        return SyncReport.Reason(
          org: org, text: reason["reason"]?.text ?? "", code: reason["code"]?.text, parameters: parameters)
      })
  }
}

/// Overall state of a sync.
package enum SyncPhase: String, CaseIterable, Sendable {
  /// Everything follows the newest commit.
  case current
  /// Errors keep an organization at its last good commit.
  case kept
  /// Something awaits approval.
  case held
  /// Passes fail.
  case failing
  /// No daemon has reported yet.
  case unknown
}
