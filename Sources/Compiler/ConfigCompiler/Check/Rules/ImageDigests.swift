import Diagnostics
import ConfigModel

/// Images should have a digest: one with only a tag can change without a commit.
enum ImageDigests: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for relay in unit.relays {
      guard let image = relay.spec.image else { continue }
      check(image, at: relay.place(["spec", "image", "tag"]), &report)
    }
  }

  static func check(_ image: Image, at place: Place, _ report: inout Report) {
    guard image.digest == nil else { return }
    report.add(
      .imageWithoutDigest,
      "the image `\(image.reference)` has no digest, so the software can change without a commit",
      at: place, help: "add `digest: sha256:…` beside the tag")
  }
}
