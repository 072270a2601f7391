/// Format of a text: a regular expression for JSON Schema, and a fast predicate for the decoder.
///
/// A property test keeps the two in agreement.
package struct StringFormat: Sendable {
  /// Name of the format, with its article: "a lower-case name".
  package let description: String
  /// ECMA-262 regular expression, anchored at both ends.
  package let pattern: String
  /// Permitted lengths in bytes, in addition to `pattern`.
  package let length: ClosedRange<Int>
  /// Predicate on the UTF-8 bytes; equivalent to `pattern`.
  package let matches: @Sendable (String.UTF8View) -> Bool

  package init(
    _ description: String, pattern: String, length: ClosedRange<Int> = 0...65_536,
    matches: @escaping @Sendable (String.UTF8View) -> Bool
  ) {
    self.description = description
    self.pattern = pattern
    self.length = length
    self.matches = matches
  }
}

/// Sets of ASCII characters for the formats.
enum Character7 {
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
  static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
  static func isLowerOrDigit(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) || isUpper(byte) }
  static func isBase64(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == 0x2B || byte == 0x2F }
  static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte >= 0x61 && byte <= 0x66) }

  /// Returns whether `text` begins and ends with `edge` and contains only `edge` and `inner`.
  static func isFramed(
    _ text: some BidirectionalCollection<UInt8>, edge: (UInt8) -> Bool, inner: StaticString
  ) -> Bool {
    guard let first = text.first, let last = text.last, edge(first), edge(last) else { return false }
    return text.allSatisfy { byte in
      edge(byte) || inner.withUTF8Buffer { $0.contains(byte) }
    }
  }
}

extension StringFormat {
  /// An RFC 1123 label of at most 40 characters.
  package static let dnsLabel = StringFormat(
    "a lower-case name (RFC 1123 label: letters, digits and `-`, at most 40 characters)",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", length: 1...40,
    matches: { Character7.isFramed($0, edge: Character7.isLowerOrDigit, inner: "-") })

  /// Beginning of an RFC 1123 label, for the platform's namespaces.
  package static let namespacePrefix = StringFormat(
    "the beginning of a lower-case name, at most 20 characters", pattern: "^[a-z0-9][-a-z0-9]*$", length: 1...20,
    matches: { text in
      text.first.map(Character7.isLowerOrDigit) == true
        && text.allSatisfy { Character7.isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
    })

  /// Key of a Kubernetes label.
  package static let labelKey = StringFormat(
    "a Kubernetes label key: `name` or `prefix/name`",
    pattern: "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
    length: 1...317,
    matches: { text in
      let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard let name = parts.last, parts.count <= 2, name.count <= 63,
        Character7.isFramed(name, edge: Character7.isAlphanumeric, inner: "-_.")
      else { return false }
      guard parts.count == 2, let prefix = parts.first else { return true }
      return prefix.count <= 253 && Character7.isFramed(prefix, edge: Character7.isLowerOrDigit, inner: "-.")
    })

  /// Value of a Kubernetes label.
  package static let labelValue = StringFormat(
    "a Kubernetes label value (letters, digits, `-`, `_`, `.`, at most 63 characters)",
    pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$", length: 0...63,
    matches: {
      $0.isEmpty || ($0.count <= 63 && Character7.isFramed($0, edge: Character7.isAlphanumeric, inner: "-_."))
    })

  /// A WireGuard public key.
  package static let wireGuardKey = StringFormat(
    "a WireGuard public key (32 bytes as 44 characters of base64)",
    pattern: base64Of32Bytes, length: 44...44, matches: isBase64Of32Bytes)

  /// An Ed25519 public key.
  package static let ed25519Key = StringFormat(
    "an Ed25519 public key (32 bytes as 44 characters of base64)", pattern: base64Of32Bytes, length: 44...44,
    matches: isBase64Of32Bytes)

  /// An armored age file.
  package static let ageArmor = StringFormat(
    "an armored age file (`-----BEGIN AGE ENCRYPTED FILE-----` …)",
    pattern: "^-----BEGIN AGE ENCRYPTED FILE-----\\n[A-Za-z0-9+/=\\n]+\\n-----END AGE ENCRYPTED FILE-----\\n?$",
    length: 100...65_536,
    matches: { text in
      var body = text[...]
      if body.last == UInt8(ascii: "\n") { body = body.dropLast() }
      let begin = Array("-----BEGIN AGE ENCRYPTED FILE-----\n".utf8)
      let end = Array("\n-----END AGE ENCRYPTED FILE-----".utf8)
      guard body.starts(with: begin) else { return false }
      body = body.dropFirst(begin.count)
      guard body.count > end.count, body.suffix(end.count).elementsEqual(end) else { return false }
      return body.dropLast(end.count).allSatisfy {
        Character7.isBase64($0) || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\n")
      }
    })

  /// An age X25519 recipient. The checksum is not verified.
  package static let ageRecipient = StringFormat(
    "an age X25519 recipient (`age1…`, 62 characters)", pattern: "^age1[02-9ac-hj-np-z]{58}$", length: 62...62,
    matches: { text in
      text.count == 62 && text.starts(with: "age1".utf8)
        && text.dropFirst(4).allSatisfy { "qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8.contains($0) }
    })

  /// A date. Its existence is not verified.
  package static let date = StringFormat(
    "a date, `YYYY-MM-DD`", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", length: 10...10,
    matches: { Self.follows("dddd-dd-dd", $0) })

  /// A moment in UTC. Its existence is not verified.
  package static let timestamp = StringFormat(
    "a time in UTC, `YYYY-MM-DDThh:mm:ssZ`",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", length: 20...20,
    matches: { Self.follows("dddd-dd-ddTdd:dd:ddZ", $0) })

  /// A range of ports. Its bounds are not verified.
  package static let portRange = StringFormat(
    "a range of ports, `LOW-HIGH`", pattern: "^[0-9]{1,5}-[0-9]{1,5}$", length: 3...11,
    matches: { text in
      let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      return parts.count == 2 && parts.allSatisfy { (1...5).contains($0.count) && $0.allSatisfy(Character7.isDigit) }
    })

  /// A host name, or an IP address.
  package static let host = StringFormat(
    "a host name or IP address", pattern: "^[A-Za-z0-9:]([-A-Za-z0-9.:]*[A-Za-z0-9])?$", length: 1...253,
    matches: { text in
      guard let first = text.first, let last = text.last else { return false }
      guard Character7.isAlphanumeric(first) || first == UInt8(ascii: ":") else { return false }
      guard text.count == 1 || Character7.isAlphanumeric(last) else { return false }
      return text.dropFirst().allSatisfy { Character7.isAlphanumeric($0) || "-.:".utf8.contains($0) }
    })

  /// A DNS name of at least two labels, in lower case. It cannot be an IPv4 address: its last label begins with a letter.
  package static let dnsName = StringFormat(
    "a DNS name in lower case, such as `milan-1.relays.example.net`",
    pattern: "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", length: 3...253,
    matches: { text in
      let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard labels.count >= 2, labels.last?.first.map(Character7.isLower) == true else { return false }
      return labels.allSatisfy {
        $0.count <= 63 && Character7.isFramed($0, edge: Character7.isLowerOrDigit, inner: "-")
      }
    })

  /// Characters of an IP address. Its structure is not verified.
  package static let ipAddress = StringFormat(
    "an IPv4 or IPv6 address", pattern: "^[0-9a-fA-F.:]+$", length: 2...45,
    matches: { text in !text.isEmpty && text.allSatisfy(Self.isAddressCharacter) })

  /// Characters of an IP network. Its structure is not verified.
  package static let network = StringFormat(
    "an IP network, `ADDRESS/BITS`", pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$", length: 4...49,
    matches: { text in
      let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard parts.count == 2, let address = parts.first, let bits = parts.last else { return false }
      return !address.isEmpty && address.allSatisfy(Self.isAddressCharacter) && (1...3).contains(bits.count)
        && bits.allSatisfy(Character7.isDigit)
    })

  /// Characters of an IP address or network. The structure is not verified.
  package static let addressOrNetwork = StringFormat(
    "an IP address or network", pattern: "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$", length: 2...49,
    matches: { ipAddress.matches($0) || network.matches($0) })

  /// An e-mail address.
  package static let email = StringFormat(
    "an e-mail address", pattern: "^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$", length: 5...254,
    matches: { text in
      let parts = text.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
      guard parts.count == 2, let local = parts.first, let domain = parts.last, !local.isEmpty else { return false }
      let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      return labels.count >= 2 && local.allSatisfy { Character7.isAlphanumeric($0) || "._%+-".utf8.contains($0) }
        && labels.allSatisfy { label in
          !label.isEmpty && label.allSatisfy { Character7.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    })

  /// Name of an account on GitHub or GitLab.
  package static let account = StringFormat(
    "an account name (letters, digits, `-`, `_`, `.`)", pattern: "^[A-Za-z0-9][-A-Za-z0-9_.]*$", length: 1...255,
    matches: { text in
      text.first.map(Character7.isAlphanumeric) == true
        && text.allSatisfy { Character7.isAlphanumeric($0) || "-_.".utf8.contains($0) }
    })

  /// An `https://` URL.
  package static let httpsURL = StringFormat(
    "an https:// address", pattern: "^https://[!-~]+$", length: 9...2_048,
    matches: { text in
      text.starts(with: "https://".utf8) && text.count > 8 && text.allSatisfy { $0 >= 0x21 && $0 <= 0x7E }
    })

  /// Printable ASCII without spaces.
  package static let visible = StringFormat(
    "printable ASCII without spaces", pattern: "^[!-~]+$", length: 1...255,
    matches: { text in !text.isEmpty && text.allSatisfy { $0 >= 0x21 && $0 <= 0x7E } })

  /// An Ed25519 public key in OpenSSH's format, of a file or of a security key.
  package static let sshKey = StringFormat(
    "an Ed25519 SSH public key (`ssh-ed25519 AAAA…`)",
    pattern: "^(ssh-ed25519|sk-ssh-ed25519@openssh\\.com) [A-Za-z0-9+/]+={0,2}( [ -~]*)?$", length: 70...1_024,
    matches: { text in
      let parts = text.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2 else { return false }
      guard parts[0].elementsEqual("ssh-ed25519".utf8) || parts[0].elementsEqual("sk-ssh-ed25519@openssh.com".utf8)
      else { return false }
      let body = parts[1].prefix(while: Character7.isBase64)
      let padding = parts[1].dropFirst(body.count)
      guard !body.isEmpty, padding.count <= 2, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else { return false }
      return parts.count < 3 || parts[2].allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
    })

  /// A SHA-256 in lowercase hexadecimal digits.
  package static let sha256 = StringFormat(
    "a SHA-256 as 64 hexadecimal digits", pattern: "^[0-9a-f]{64}$", length: 64...64,
    matches: { $0.count == 64 && $0.allSatisfy(Character7.isHex) })

  /// Repository of a container image, with its registry.
  package static let imageRepository = StringFormat(
    "an image repository such as `registry.example/wpex-relay`",
    pattern: "^[a-z0-9]([-a-z0-9._:/]*[a-z0-9])?$", length: 1...255,
    matches: { Character7.isFramed($0, edge: Character7.isLowerOrDigit, inner: "-._:/") })

  /// Tag of a container image.
  package static let imageTag = StringFormat(
    "an image tag", pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", length: 1...128,
    matches: { text in
      guard let first = text.first else { return false }
      return (Character7.isAlphanumeric(first) || first == UInt8(ascii: "_")) && text.count <= 128
        && text.dropFirst().allSatisfy { Character7.isAlphanumeric($0) || "_.-".utf8.contains($0) }
    })

  /// SHA-256 digest of a container image.
  package static let imageDigest = StringFormat(
    "an image digest (`sha256:` and 64 hexadecimal digits)", pattern: "^sha256:[0-9a-f]{64}$", length: 71...71,
    matches: { $0.starts(with: "sha256:".utf8) && $0.count == 71 && $0.dropFirst(7).allSatisfy(Character7.isHex) })

  /// A Kubernetes resource quantity.
  package static let quantity = StringFormat(
    "a Kubernetes quantity such as `250m` or `64Mi`",
    pattern: "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$", length: 1...32,
    matches: { text in
      let whole = text.prefix(while: Character7.isDigit)
      var rest = text.dropFirst(whole.count)
      guard !whole.isEmpty else { return false }
      if rest.first == UInt8(ascii: ".") {
        let fraction = rest.dropFirst().prefix(while: Character7.isDigit)
        guard !fraction.isEmpty else { return false }
        rest = rest.dropFirst(1 + fraction.count)
      }
      return rest.isEmpty
        || ["m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains { rest.elementsEqual($0.utf8) }
    })

  /// All formats, for the test that compares predicates and patterns.
  package static let all: [StringFormat] = [
    dnsLabel, namespacePrefix, labelKey, labelValue, wireGuardKey, ed25519Key, ageArmor, ageRecipient, date, timestamp,
    portRange,
    host, dnsName, ipAddress, network, addressOrNetwork, email, account, httpsURL, visible, sshKey, sha256,
    imageRepository,
    imageTag, imageDigest, quantity,
  ]

  private static let base64Of32Bytes = "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"

  @Sendable private static func isBase64Of32Bytes(_ text: String.UTF8View) -> Bool {
    guard text.count == 44, text.last == UInt8(ascii: "=") else { return false }
    let body = text.dropLast()
    guard let last = body.last, "AEIMQUYcgkosw048".utf8.contains(last) else { return false }
    return body.allSatisfy(Character7.isBase64)
  }

  private static func isAddressCharacter(_ byte: UInt8) -> Bool {
    Character7.isHex(byte) || (byte >= 0x41 && byte <= 0x46) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
  }

  /// Returns whether `text` matches a template in which `d` represents a digit and any other character itself.
  private static func follows(_ template: StaticString, _ text: String.UTF8View) -> Bool {
    template.withUTF8Buffer { template in
      text.count == template.count
        && zip(text, template).allSatisfy { byte, model in
          model == UInt8(ascii: "d") ? Character7.isDigit(byte) : byte == model
        }
    }
  }
}
