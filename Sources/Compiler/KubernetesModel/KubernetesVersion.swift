/// A minor release of Kubernetes, which determines the API version of a kind.
package struct KubernetesVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Major version, such as 1.
  package let major: Int
  /// Minor version, such as 28.
  package let minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Parses `1.28`, `v1.28` or `v1.28.3`, and `1.28+` as some providers' API servers report it; nil for anything else.
  package init?(parsing text: String) {
    let number = text.utf8.first == UInt8(ascii: "v") ? text.dropFirst() : text[...]
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3 else { return nil }
    let minorText = parts.count == 2 && parts[1].hasSuffix("+") ? parts[1].dropLast() : parts[1]
    guard let major = Self.number(parts[0]), let minor = Self.number(minorText) else { return nil }
    if parts.count == 3, Self.number(parts[2]) == nil { return nil }
    self.init(major: major, minor: minor)
  }

  /// The newest release against whose API these types were verified.
  package static let newest = KubernetesVersion(major: 1, minor: 37)

  package static func < (left: KubernetesVersion, right: KubernetesVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  package var description: String { "\(major).\(minor)" }

  private static func number(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(text)
  }
}
