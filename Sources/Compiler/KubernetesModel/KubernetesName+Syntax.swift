/// What the API server accepts as names, labels and annotations: k8s.io/apimachinery, `util/validation/validation.go`.
extension KubernetesName {
  /// The longest sum of all keys and values of an object's annotations, in bytes.
  package static let annotationBytesLimit = 256 * 1024

  /// Small letters, digits and `-`, beginning and ending with a letter or digit, 1 to 63 characters.
  package static func isDNS1123Label(_ text: String) -> Bool {
    isDelimited(text, limit: labelLimit, outer: isSmallOrDigit) { isSmallOrDigit($0) || $0 == dash }
  }

  /// A label that begins with a letter, as the name of a Service has to before Kubernetes 1.34.
  package static func isDNS1035Label(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    return isDNS1123Label(text) && isSmallLetter(first)
  }

  /// Labels of any length, joined by `.`, at most 253 characters together.
  package static func isDNS1123Subdomain(_ text: String) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      isDelimited(part, limit: 253, outer: isSmallOrDigit) { isSmallOrDigit($0) || $0 == dash }
    }
  }

  /// A name of at most 63 letters, digits, `-`, `_` and `.` that begins and ends with a letter or digit, which may have a
  /// subdomain and `/` before it: `wpex.io/org`, `app`.
  package static func isQualifiedName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let name = parts.last else { return false }
    if parts.count == 2, let prefix = parts.first, !isDNS1123Subdomain(String(prefix)) { return false }
    return isName(name)
  }

  /// Whether a label may have this key.
  package static func isLabelKey(_ text: String) -> Bool { isQualifiedName(text) }

  /// Whether a label may have this value: nothing, or what a qualified name is without its prefix.
  package static func isLabelValue(_ text: String) -> Bool { text.isEmpty || isName(text) }

  /// Whether an annotation may have this key: as for labels, but capital letters are accepted in the prefix as well.
  package static func isAnnotationKey(_ text: String) -> Bool {
    // Only ASCII letters may become small here: lowercasing a Kelvin sign would make it a `k`.
    text.utf8.allSatisfy { $0 < 0x80 } && isQualifiedName(text.lowercased())
  }

  static let dash = UInt8(ascii: "-")

  private static func isName(_ text: some StringProtocol) -> Bool {
    isDelimited(text, limit: 63, outer: isLetterOrDigit) { byte in
      isLetterOrDigit(byte) || byte == dash || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
  }

  /// Whether `text` has 1 to `limit` bytes, the first and last fulfil `outer` and all of them fulfil `inner`.
  private static func isDelimited(
    _ text: some StringProtocol, limit: Int, outer: (UInt8) -> Bool, inner: (UInt8) -> Bool
  ) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= limit else { return false }
    return outer(first) && outer(last) && bytes.allSatisfy(inner)
  }

  private static func isSmallLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isSmallOrDigit(_ byte: UInt8) -> Bool {
    isSmallLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isSmallOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}
