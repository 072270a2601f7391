import CLibPQ

/// A parsed connection string for libpq: a URI or `keyword=value` pairs. It may contain a password, so no message
/// quotes any part of it.
package struct ConnectionString: Sendable {
  /// Keywords and values as parsed by libpq.
  private(set) var options: [(keyword: String, value: String)]

  /// Whether a text is meant as a connection string, even if it is malformed, so that it is not mistaken for a file's
  /// name. True if it begins with a scheme or with a word and `=`, has an `@` after a `:`, or mentions a password.
  package static func isMeant(by text: String) -> Bool {
    let scalars = text.unicodeScalars
    let lowered = text.lowercased()
    if lowered.utf8.firstRange(of: "password".utf8) != nil, text.utf8.contains(UInt8(ascii: "=")) { return true }
    func isWord(_ scalar: Unicode.Scalar) -> Bool {
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }
    let rest = scalars.drop(while: isBlank)
    if let first = rest.first, first != "/", first != ".", let colon = rest.firstIndex(of: ":"),
      rest[colon...].contains("@")
    {
      return true
    }
    let word = rest.prefix(while: { isWord($0) || $0 == "+" || $0 == "-" })
    guard !word.isEmpty else { return false }
    let after = rest[word.endIndex...]
    return after.starts(with: ":/".unicodeScalars) || after.drop(while: isBlank).first == "="
      || after.first == ":" && lowered.utf8.firstRange(of: "postgres".utf8) != nil
  }

  /// Parses a connection string.
  ///
  /// - Throws: `PostgresClientError(.refused)` with a message that quotes nothing. libpq's own message would quote the part
  ///   that it cannot parse, which may be a password with an unescaped `@` or blank.
  package init(_ text: String) throws(PostgresClientError) {
    guard !text.utf8.contains(0), let parsed = PQconninfoParse(Self.withLowerCaseScheme(text), nil) else {
      throw PostgresClientError(
        .refused,
        "the connection to PostgreSQL is not `postgres://…` or `host=… dbname=…` as libpq reads it: \(Self.advice)")
    }
    defer { PQconninfoFree(parsed) }
    var options: [(keyword: String, value: String)] = []
    var next = parsed
    while let keyword = next.pointee.keyword {
      if let value = next.pointee.val { options.append((String(cString: keyword), String(cString: value))) }
      next += 1
    }
    self.options = options
    guard !Self.holdsStrayPassword(text), value("port")?.utf8.allSatisfy(Self.isOfPorts) ?? true else {
      throw PostgresClientError(.refused, "the connection to PostgreSQL is not valid: \(Self.advice)")
    }
  }

  private static let advice =
    "in a URI, a password has `%40` for `@`, `%2F` for `/`, `%3A` for `:` and `%25` for `%`; in pairs, a value with blanks "
    + "is in single quotes"

  /// Schemes are case-insensitive (RFC 3986, 3.1), but libpq accepts only lower case.
  private static func withLowerCaseScheme(_ text: String) -> String {
    let text = String(text.drop { $0 == " " || $0 == "\t" || $0 == "\n" })
    guard let end = text.utf8.firstRange(of: "://".utf8)?.lowerBound else { return text }
    let scheme = text[..<end].lowercased()
    return ["postgres", "postgresql"].contains(scheme) ? scheme + text[end...] : text
  }

  /// Adds an option unless the text sets it.
  mutating func setDefault(_ keyword: String, _ value: String) {
    if self.value(keyword) == nil { options.append((keyword, value)) }
  }

  /// Whether a URI has an `@` that should have been encoded. The rest of a password after it would become part of the
  /// host, port or database name, and could appear in messages.
  private static func holdsStrayPassword(_ text: String) -> Bool {
    guard let scheme = text.utf8.firstRange(of: "://".utf8) else { return false }
    let rest = text.utf8[scheme.upperBound...]
    let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    let path = rest[authority.endIndex...].prefix { $0 != UInt8(ascii: "?") }
    return authority.count { $0 == UInt8(ascii: "@") } > 1 || path.contains(UInt8(ascii: "@"))
  }

  /// Whether a byte may be part of a port list: digits, and commas between the ports of several hosts.
  private static func isOfPorts(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == UInt8(ascii: ",") }

  func value(_ keyword: String) -> String? { options.first { $0.keyword == keyword }?.value }

  /// Returns a message without the connection's secrets.
  func hidden(in message: String) -> String {
    let secrets = ["password", "sslpassword"].compactMap(value).filter { !$0.isEmpty }
    var bytes = Array(message.utf8)
    for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) {
      let secret = Array(secret.utf8)
      var kept: [UInt8] = []
      var rest = bytes[...]
      while let first = rest.first {
        if rest.starts(with: secret) {
          kept += "…".utf8
          rest = rest.dropFirst(secret.count)
        } else {
          kept.append(first)
          rest = rest.dropFirst()
        }
      }
      bytes = kept
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
