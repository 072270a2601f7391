package import ConfigModel

/// What a daemon wants to do in a target: apply one region of a platform.
package struct RegionClaim: Sendable, Equatable {
  /// Name of the platform.
  package let platform: String
  /// Name of the region.
  package let region: String
  /// Prefixes of the namespaces of all declared regions, by region.
  package let declared: [String: String]
  /// The declared regions that this daemon applies to the same target.
  package let served: Set<String>

  /// - Parameters:
  ///   - platform: name of the platform.
  ///   - spec: the platform.
  ///   - served: names of the declared regions that this daemon applies to the same target.
  package init(_ region: String, of platform: String, _ spec: PlatformSpec, served: some Sequence<String>) {
    self.platform = platform
    self.region = region
    declared = Dictionary(spec.regions.map { ($0.name, spec.namespacePrefix(in: $0.name)) }) { first, _ in first }
    self.served = Set(served)
  }

  /// Prefix of the region's namespaces; nil if the platform does not declare the region.
  package var prefix: String? { declared[region] }
}
