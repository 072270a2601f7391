/// A parsed repository address.
package struct GitAddress: Sendable {
  /// Kinds of transport that wpex can fetch with.
  package enum Transport: Sendable {
    /// https and http.
    case http
    case ssh
    /// Git's own protocol, which has no authentication.
    case git
    case local
  }

  /// The transport that the address selects.
  package let transport: Transport
  /// The URL passed to `git`, never with a password.
  package let url: String
  /// The address for display, without a user name or password.
  package let shown: String
  /// Scheme, host and port, such as `https://git.example.org:8443`; empty for a path.
  package let server: String
  /// The host without a port; empty for a path.
  package let host: String
  /// The user name in the address, decoded; nil if there is none.
  package let user: String?
  /// The password in the address, decoded; nil if there is none.
  package let password: String?

  /// Parses an address.
  ///
  /// - Parameter text: a URL, `user@host:path`, or a path.
  /// - Throws: `GitStoreError` if the text is not an address, or if its scheme is not supported.
  package init(_ text: String) throws(GitStoreError) {
    shown = GitURL.shown(text)
    guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw GitStoreError(.unreadable, "`\(shown)` is not the address of a repository")
    }
    guard let mark = text.firstRange(of: "://") else {
      let beforeColon = text.prefix { $0 != ":" && $0 != "/" }
      guard beforeColon.endIndex < text.endIndex, text[beforeColon.endIndex] == ":", !beforeColon.isEmpty else {
        (transport, url, server, host, user, password) = (.local, text, "", "", nil, nil)
        return
      }
      let named = text.firstIndex(of: "@").flatMap { $0 < beforeColon.endIndex ? $0 : nil }
      user = named.map { String(text[..<$0]) }
      host = Self.host(named.map { text[text.index(after: $0)...] } ?? text[...])
      (transport, url, server, password) = (.ssh, text, "ssh://\(host)", nil)
      return
    }
    let scheme = text[..<mark.lowerBound].lowercased()
    switch scheme {
    case "https", "http": transport = .http
    case "ssh", "git+ssh", "ssh+git": transport = .ssh
    case "git": transport = .git
    case "file": transport = .local
    default:
      throw GitStoreError(
        .unreadable, "`\(shown)` cannot be followed: wpex supports https, http, ssh, git and file, but not `\(scheme)`")
    }
    let rest = text[mark.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let path = rest[authority.endIndex...]
    let at = authority.lastIndex(of: "@")
    let endpoint = at.map { authority[authority.index(after: $0)...] } ?? authority
    let information = at.map { authority[..<$0] }
    let colon = information?.firstIndex(of: ":")
    user = information.map { Self.decoded($0[..<(colon ?? $0.endIndex)]) }
    if let information, let colon {
      password = Self.decoded(information[information.index(after: colon)...])
    } else {
      password = nil
    }
    server = transport == .local ? "" : "\(scheme)://\(endpoint)"
    host = transport == .local ? "" : Self.host(endpoint)
    switch transport {
    case .http: url = "\(scheme)://\(endpoint)\(path)"
    case .ssh:
      let name = information.map { $0.prefix { $0 != ":" } + "@" } ?? ""
      url = "ssh://\(name)\(endpoint)\(path)"
    default: url = text
    }
  }

  private static func host(_ endpoint: Substring) -> String {
    if endpoint.hasPrefix("["), let end = endpoint.firstIndex(of: "]") {
      return String(endpoint[endpoint.index(after: endpoint.startIndex)..<end])
    }
    return String(endpoint.prefix { $0 != ":" })
  }

  /// Decodes percent-encoded text (RFC 3986, 2.1).
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
