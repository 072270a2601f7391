/// The address of a repository, taken apart.
package struct GitAddress: Sendable {
  package enum Transport: Sendable {
    /// https and http.
    case http
    case ssh
    /// Git's own, which knows no credentials.
    case git
    case local
  }

  package let transport: Transport
  /// What `git` is given. No password is in it.
  package let url: String
  /// For display: everything before the host is left out.
  package let shown: String
  /// The scheme, host and port, as `https://git.example.org:8443`; empty for a path.
  package let server: String
  /// The host alone; empty for a path.
  package let host: String
  package let user: String?
  package let password: String?

  /// - Parameter text: a URL, `user@host:path`, or a path.
  /// - Throws: `GitStoreError` if it is of a kind that is not followed.
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
        .unreadable, "`\(shown)` cannot be followed: wpex follows https, http, ssh, git and file, and not `\(scheme)`")
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

  /// Percent-encoded text (RFC 3986, 2.1).
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
