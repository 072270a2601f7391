package import FleetHealth
package import StructuredText

/// What a daemon says of its passes, as it writes it down for `wpex status`.
package struct SyncReport: Sendable, Equatable {
  package struct Region: Sendable, Equatable {
    package let name: String
    /// The commit that is applied there.
    package let applied: String?
    package let generation: Int?
    package let outcome: String?
    package let held: Hold?
  }

  /// Deletions that wait for approval.
  package struct Hold: Sendable, Equatable {
    package let digest: String
    package let reasons: [Reason]
  }

  package struct Reason: Sendable, Equatable {
    package let org: String
    package let text: String
  }

  package struct Organization: Sendable, Equatable {
    package let errors: Int
    package let held: Int
    package let drifted: Int
    /// Why it stays at its last good state though it has no errors.
    package var failure: String?
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
  /// - Returns: Nil where the JSON is no document of this version.
  package init?(document: JSON) {
    guard document["version"]?.int == 1 else { return nil }
    source = document["source"]?.text
    head = document["head"]?["commit"]?.text
    problem = document["problem"]?.text
    if case .object(let members)? = document["regions"] {
      regions = members.pairs.map { name, region in
        Region(
          name: name, applied: region["applied"]?.text, generation: region["generation"]?.int,
          outcome: region["outcome"]?.text, held: region["held"].flatMap(Hold.init))
      }
    }
    for organization in document["organizations"]?.elements ?? [] {
      guard let name = organization["org"]?.text else { continue }
      organizations[name] = Organization(
        errors: organization["errors"]?.int ?? 0, held: organization["held"]?.int ?? 0,
        drifted: organization["drifted"]?.int ?? 0, failure: organization["failure"]?.text)
    }
  }

  /// Takes what a daemon keeps of a region.
  package mutating func add(region: String, applied: String?, generation: Int?) {
    regions.append(Region(name: region, applied: applied, generation: generation, outcome: nil, held: nil))
  }

  /// Marks an organization as pinned to its last good commit.
  ///
  /// - Parameter failure: why, if it is not for errors of its own.
  package mutating func keep(_ org: String, failure: String? = nil) {
    let known = organizations[org]
    organizations[org] = Organization(
      errors: failure == nil ? 1 : known?.errors ?? 0, held: known?.held ?? 0, drifted: known?.drifted ?? 0,
      failure: failure ?? known?.failure)
  }

  /// The part of it that health is judged by.
  package var observation: SyncObservation {
    var held: [String: Int] = [:]
    for region in regions { if let hold = region.held { held[region.name] = hold.reasons.count } }
    return SyncObservation(
      failure: problem, held: held,
      errors: organizations.mapValues { $0.errors + ($0.failure == nil ? 0 : 1) }.filter { $0.value > 0 },
      drifted: organizations.mapValues(\.drifted).filter { $0.value > 0 })
  }
}

extension SyncReport.Hold {
  fileprivate init?(_ json: JSON) {
    guard let digest = json["digest"]?.text else { return nil }
    self.init(
      digest: digest,
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
