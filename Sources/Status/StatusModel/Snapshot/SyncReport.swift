package import FleetMonitoring
package import TextFormats

/// What a daemon says of its passes, as it writes it down for `wpex status`.
package struct SyncReport: Sendable, Equatable {
  package struct Region: Sendable, Equatable {
    package let name: String
    /// The commit that is applied there.
    package let applied: String?
    package let generation: Int?
    package let outcome: String?
    package let held: Hold?
    /// By organization that is kept or held: the commit from which it runs; empty if nothing of it was ever applied.
    package let lastGood: [String: String]
  }

  /// Deletions that wait for approval.
  package struct Hold: Sendable, Equatable {
    package let digest: String
    /// The number of object changes that wait, by organization.
    package let changes: [String: Int]
    package let reasons: [Reason]

    package init(digest: String, changes: [String: Int], reasons: [Reason]) {
      self.digest = digest
      self.changes = changes
      self.reasons = reasons
    }
  }

  package struct Reason: Sendable, Equatable {
    package let org: String
    package let text: String

    package init(org: String, text: String) {
      self.org = org
      self.text = text
    }
  }

  package struct Organization: Sendable, Equatable {
    package var errors = 0
    /// Whether errors keep it at its last good state.
    package var isKept = false
    /// The number of object changes that wait for approval.
    package var held = 0
    package var drifted = 0
    /// Why it stays at its last good state though it has no errors.
    package var failure: String?

    /// Whether it runs from an older commit than the applied one.
    package var stays: Bool { isKept || failure != nil || held > 0 }
  }

  package var source: String?
  /// The newest commit that the daemon looked at.
  package var head: String?
  /// Why passes fail.
  package var problem: String?
  package var regions: [Region] = []
  package var organizations: [String: Organization] = [:]

  package init() {}

  /// Reads the daemon's status document.
  ///
  /// - Returns: Nil where the JSON is not a document of this version.
  package init?(document: JSON) {
    guard document["version"]?.int == 1 else { return nil }
    source = document["source"]?.text
    head = document["head"]?["commit"]?.text
    problem = document["problem"]?.text
    if case .object(let members)? = document["regions"] {
      regions = members.pairs.map { name, region in
        Region(
          name: name, applied: region["applied"]?.text, generation: region["generation"]?.int,
          outcome: region["outcome"]?.text, held: region["held"].flatMap(Hold.init),
          lastGood: region["lastGood"].map(Self.texts) ?? [:])
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

  private static func texts(_ json: JSON) -> [String: String] {
    guard case .object(let members) = json else { return [:] }
    return Dictionary(members.pairs.compactMap { pair in pair.value.text.map { (pair.name, $0) } }) { $1 }
  }

  /// Takes what a daemon keeps of a region.
  ///
  /// - Parameters:
  ///   - lastGood: by organization that is kept or held, the commit from which it runs.
  package mutating func add(
    region: String, applied: String?, generation: Int?, lastGood: [String: String] = [:], held: Hold? = nil
  ) {
    regions.append(
      Region(name: region, applied: applied, generation: generation, outcome: nil, held: held, lastGood: lastGood))
    for (org, count) in held?.changes ?? [:] { organizations[org, default: Organization()].held += count }
  }

  /// Marks an organization as pinned to its last good commit.
  ///
  /// - Parameter failure: why, if it is not for errors of its own.
  package mutating func keep(_ org: String, failure: String? = nil) {
    if let failure {
      organizations[org, default: Organization()].failure = failure
    } else {
      organizations[org, default: Organization()].errors = 1
      organizations[org, default: Organization()].isKept = true
    }
  }

  /// The part of it that health is judged by.
  package var observation: SyncObservation {
    var held: [String: Int] = [:]
    for region in regions { if let hold = region.held { held[region.name] = hold.changes.values.reduce(0, +) } }
    return SyncObservation(
      failure: problem, held: held,
      errors: organizations.mapValues { $0.errors + ($0.failure == nil ? 0 : 1) }.filter { $0.value > 0 },
      drifted: organizations.mapValues(\.drifted).filter { $0.value > 0 })
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
        reason["org"]?.text.map { SyncReport.Reason(org: $0, text: reason["reason"]?.text ?? "") }
      })
  }
}

/// What a sync is at.
package enum SyncPhase: String, CaseIterable, Sendable {
  case current
  /// Errors keep an organization at its last good commit.
  case kept
  /// Something waits for approval.
  case held
  case failing
  /// No daemon has told yet.
  case unknown
}
