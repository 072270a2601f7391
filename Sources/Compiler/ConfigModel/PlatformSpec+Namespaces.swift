/// Namespaces that organizations have in the clusters of their regions.
extension PlatformSpec {
  /// Returns the namespace that holds an organization's objects in a region.
  package func namespace(ofOrganization org: String, in region: String) -> String {
    namespacePrefix(in: region) + org
  }

  /// Returns the prefix of the namespaces in a region; the platform's for a region that is not declared.
  package func namespacePrefix(in region: String) -> String {
    self.region(region)?.namespacePrefix ?? namespacePrefix
  }

  /// Whether two prefixes can lead to the same namespace, with names of organizations that need not be the same.
  package static func canMeet(_ one: String, _ other: String) -> Bool {
    one.utf8.starts(with: other.utf8) || other.utf8.starts(with: one.utf8)
  }
}
