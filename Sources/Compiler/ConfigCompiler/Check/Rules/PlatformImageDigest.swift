import ConfigModel
import Diagnostics

/// The same for the platform's image, but only if a relay runs it: otherwise nothing can change without a commit.
enum PlatformImageDigest: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report) {
    guard let platform = context.platform.platform,
      units.contains(where: { unit in !unit.isPending && unit.relays.contains { $0.spec.image == nil } })
    else { return }
    ImageDigests.check(platform.spec.relay.image, at: platform.place(["spec", "relay", "image", "tag"]), &report)
  }
}
