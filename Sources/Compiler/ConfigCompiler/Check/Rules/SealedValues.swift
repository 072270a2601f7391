import ConfigModel
import Diagnostics
import KeyBundles

/// Sealed values must be well-formed age files. Only their owner can find out whether they open.
enum SealedValues: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for key in unit.keys {
      guard let sealed = key.spec.sealedKey else { continue }
      check(sealed, at: key.place(["spec", "sealedKey"]), &report)
    }
  }

  /// Reports a text that cannot be a sealed value.
  static func check(_ sealed: String, at place: Place, _ report: inout Report) {
    guard let reason = SealedValue.malformation(of: sealed) else { return }
    report.add(
      .malformedSealedValue, "the sealed value cannot be read: \(reason)", at: place,
      help: "seal the value again with `wpex seal` and copy all of its output")
  }
}
