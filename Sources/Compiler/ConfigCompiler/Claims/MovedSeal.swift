import Diagnostics
package import ConfigModel

/// A sealed value that was in another document before.
///
/// It was sealed for that document and opens in no other, even if the organization or key was only renamed.
package struct MovedSeal: Sendable, Equatable {
  /// The document that contains it now.
  package let document: DocumentID
  /// The document that contained it before.
  package let before: DocumentID
}

extension Compilation {
  /// All sealed values, by organization: first its identity, then its keys.
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

  /// Returns the sealed values that `earlier` has in other documents, but not in those that contain them now.
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
