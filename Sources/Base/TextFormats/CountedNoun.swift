/// A number with its noun, such as `1 error` and `2 errors`.
///
/// - Parameters:
///   - noun: in the singular.
///   - plural: the noun with an `s` by itself.
package func counted(_ count: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
