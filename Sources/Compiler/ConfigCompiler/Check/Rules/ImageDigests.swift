import ConfigModel
import Diagnostics

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
      "the image `\(image.reference)` has no digest, so that what runs can change without a commit",
      at: place, help: "add `digest: sha256:…` beside the tag")
  }
}

/// The same for the platform's image, but only if a relay runs it: otherwise nothing can change without a commit.
enum PlatformImageDigest: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    guard let platform = context.platform.platform,
      units.contains(where: { unit in !unit.isPending && unit.relays.contains { $0.spec.image == nil } })
    else { return }
    ImageDigests.check(platform.spec.relay.image, at: platform.place(["spec", "relay", "image", "tag"]), &report)
  }
}
