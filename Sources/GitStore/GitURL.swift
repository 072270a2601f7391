/// Addresses of repositories.
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

  /// The host that an address names: of `ssh://git@host:22/x` and of `git@host:x`.
  static func host(_ url: String) -> (name: String, port: Int?)? {
    let rest: Substring
    if let scheme = url.firstRange(of: "://") {
      rest = url[scheme.upperBound...].prefix { $0 != "/" }
    } else if let colon = url.firstIndex(of: ":") {
      let host = url[..<colon]
      return (String(host.split(separator: "@").last ?? host), nil)
    } else {
      return nil
    }
    let authority = rest.split(separator: "@").last ?? rest
    let parts = authority.split(separator: ":", maxSplits: 1)
    guard let name = parts.first else { return nil }
    return (String(name), parts.count == 2 ? Int(parts[1]) : nil)
  }
}
