import COpenSSL

/// Comparison of secrets whose time does not depend on where they differ.
package enum ConstantTime {
  /// Whether both have the same bytes. The time depends on their lengths alone.
  package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }

  /// Whether both have the same UTF-8. The time depends on their lengths alone.
  package static func isEqual(_ left: String, _ right: String) -> Bool {
    isEqual(Array(left.utf8), Array(right.utf8))
  }
}
