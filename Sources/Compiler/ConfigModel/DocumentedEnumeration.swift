/// An enumeration whose raw values appear in YAML and whose cases are explained to the reader.
package protocol DocumentedEnumeration: RawRepresentable<String>, CaseIterable, Sendable, Equatable {
  /// Meaning of the case, as a short phrase.
  var summary: String { get }
}
