/// Display forms of repository addresses.
package enum GitURL {
  /// Returns the address without the user information, which may contain a token.
  package static func shown(_ url: String) -> String {
    // Searches scalars, not characters: a combining mark after the `@` would hide it from a search for characters.
    let scalars = url.unicodeScalars
    guard let scheme = scalars.firstRange(of: "://".unicodeScalars) else { return url }
    let rest = scalars[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return url }
    return String(scalars[..<scheme.upperBound]) + String(rest[rest.index(after: at)...])
  }
}
