/// An API token, known by its hash: the token itself never enters the repository.
package struct APIToken: Sendable, Equatable {
  /// Name that says what the token is for.
  package var name = ""
  /// SHA-256 of the token, 64 lowercase hexadecimal digits.
  package var sha256 = ""
  /// The last day on which the token is valid; nil if it never expires.
  package var expires: CivilDate?

  package init() {}
}
