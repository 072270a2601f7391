package import ConfigModel
import Diagnostics

/// A sealed value that stood in another document before. It was sealed for that one, and opens in no other, also if the
/// organization or key was only renamed.
package struct MovedSeal: Sendable, Equatable {
  /// Where it stands now.
  package let document: DocumentID
  /// Where it stood.
  package let before: DocumentID
}

/// A sealed value and where it stands.
package struct StandingSeal: Sendable {
  let claim: Claim
  package let document: DocumentID
  /// The path of the file that holds it.
  package let path: String
}

extension Compilation {
  /// Every sealed value, organization by organization: first the identity, then the keys.
  package var seals: [StandingSeal] {
    units.flatMap { unit -> [StandingSeal] in
      var seals: [StandingSeal] = []
      if let organization = unit.organization, let sealed = organization.spec.identity?.sealedIdentity {
        seals.append(
          StandingSeal(
            claim: Claim(sealed: sealed), document: DocumentID(kind: .organization, org: unit.name, name: unit.name),
            path: organization.source.file.path))
      }
      for key in unit.keys {
        guard let sealed = key.spec.sealedKey else { continue }
        seals.append(
          StandingSeal(
            claim: Claim(sealed: sealed), document: DocumentID(kind: .key, org: unit.name, name: key.name),
            path: key.source.file.path))
      }
      return seals
    }
  }

  /// The sealed values that an earlier compilation has in other documents, and not in those where they stand now.
  package func movedSeals(since earlier: Compilation) -> [MovedSeal] {
    let before = Dictionary(grouping: earlier.seals, by: \.claim)
    return seals.compactMap { seal in
      guard let places = before[seal.claim], let first = places.first,
        !places.contains(where: { $0.document == seal.document })
      else { return nil }
      return MovedSeal(document: seal.document, before: first.document)
    }
  }
}
