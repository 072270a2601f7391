import Diagnostics
import ConfigModel

/// Documents must carry the labels that the platform's policy requires.
enum RequiredLabels: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.platform.platform, !platform.spec.policy.requiredLabels.isEmpty else { return }
    unit.organization.map { check([$0], platform, &report) }
    check(unit.users, platform, &report)
    check(unit.keys, platform, &report)
    check(unit.relays, platform, &report)
  }

  /// Reports the documents that lack a required label, or have a value that is not permitted.
  static func check<Spec>(
    _ resources: [Declared<Spec>], _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    for (index, required) in platform.spec.policy.requiredLabels.enumerated() where required.kind.kind == Spec.kind {
      let reason = platform.place(["spec", "policy", "requiredLabels", .index(index)], "required here")
      for resource in resources {
        guard let value = resource.labels[required.label] else {
          report.add(
            .requiredLabelMissing, "the \(Spec.kind.rawValue) `\(resource.name)` lacks the label `\(required.label)`",
            at: resource.place(["metadata", "labels"]), related: [reason],
            help: "add `\(required.label): \(required.values.first ?? "…")` to its labels, or pass `--label "
              + "\(required.label)=\(required.values.first ?? "…")` to the command that creates it")
          continue
        }
        guard !required.values.isEmpty, !required.values.contains(value) else { continue }
        report.add(
          .requiredLabelMissing, "the label `\(required.label)` of `\(resource.name)` cannot be `\(value)`",
          at: resource.place(["metadata", "labels", .field(required.label)]), related: [reason],
          help: "it is one of \(required.values.map { "`\($0)`" }.joined(separator: ", "))")
      }
    }
  }
}
