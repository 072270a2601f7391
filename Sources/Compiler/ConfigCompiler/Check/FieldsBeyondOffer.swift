package import ConfigModel
package import Diagnostics

extension Compilation {
  /// All relays by their identity.
  package var relays: [DocumentID: RelaySpec] {
    var relays: [DocumentID: RelaySpec] = [:]
    for unit in units {
      for relay in unit.relays {
        relays[DocumentID(kind: .relay, org: unit.name, name: relay.name)] = relay.spec
      }
    }
    return relays
  }

  /// Returns a diagnostic for each field by which a relay takes more than the platform offers to tenants, and more than
  /// it took before.
  ///
  /// They are hints for editors: such a relay is correct, but only users with `platform:write` can make it. Authority
  /// over a change decides by the same fields.
  ///
  /// - Parameter earlier: the relays before the edits.
  /// - Complexity: Linear in the number of relays.
  package func fieldsBeyondOffer(since earlier: [DocumentID: RelaySpec] = [:]) -> [Diagnostic] {
    guard let spec = platform.platform?.spec else { return [] }
    var report = Report()
    for unit in units {
      for relay in unit.relays {
        let before = earlier[DocumentID(kind: .relay, org: unit.name, name: relay.name)]
        for field in spec.fieldsBeyondOffer(of: relay.spec, in: unit.name, before: before) {
          report.add(
            .beyondOffer, "`\(field.path)` needs `platform:write` from a global role: it is \(field.excess)",
            at: relay.place(["spec", .field(field.rawValue)]),
            notes: [spec.offer(of: field, to: unit.name, region: relay.spec.region)])
        }
      }
    }
    return report.diagnostics
  }
}
