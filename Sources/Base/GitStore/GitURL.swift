/// Addresses of repositories, to show.
package enum GitURL {
  /// The address without what stands before the host: a token may be written there.
  package static func shown(_ url: String) -> String {
    // Scalars: a mark behind the `@` would hide it from a search for characters.
    let scalars = url.unicodeScalars
    guard let scheme = scalars.firstRange(of: "://".unicodeScalars) else { return url }
    let rest = scalars[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return url }
    return String(scalars[..<scheme.upperBound]) + String(rest[rest.index(after: at)...])
  }
}
