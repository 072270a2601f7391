/// Names of objects, made from the names of what they stand for.
package enum KubernetesName {
  /// The longest DNS label (RFC 1123, section 2.1, after RFC 1035, section 2.3.4), in characters.
  package static let labelLimit = 63
  /// The longest name of an object whose pods get `-` and ten characters after its own name.
  package static let podOwnerLimit = 52

  /// `parts` joined by `-` as an RFC 1123 label of at most `limit` characters.
  ///
  /// A join that is such a label is the name. Otherwise letters become small, other characters become `-`, the text is
  /// cut, and `-` with ten characters of a digest of the whole join follows, so that names which differ only in what was
  /// lost stay different, and the same parts give the same name everywhere. The digest (64-bit FNV-1a, of which 47 bits
  /// remain) prevents accidents, not intent: whoever picks names can find two that collide, so let names that meet
  /// here belong to one tenant, and check for collisions.
  ///
  /// Joining itself is ambiguous (`a-b` and `c`, `a` and `b-c`): at most one part may contain a `-`, or the caller checks.
  ///
  /// `limit` is clamped to 12...63, because the digest needs 11 characters and something has to stand before it.
  package static func label(_ parts: String..., limit: Int = labelLimit) -> String { label(parts, limit: limit) }

  /// The same as ``label(_:limit:)-(String...,_)``, for a list.
  package static func label(_ parts: [String], limit: Int = labelLimit) -> String {
    let limit = min(max(limit, 12), labelLimit)
    let joined = parts.joined(separator: "-")
    if joined.utf8.count <= limit && isDNS1123Label(joined) { return joined }
    let replaced = joined.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      default: dash
      }
    }
    let start = replaced.drop { $0 == dash }.prefix(limit - 1 - digestLength)
    let kept = start.reversed().drop { $0 == dash }.reversed()
    let readable = kept.isEmpty ? "x" : String(decoding: kept, as: UTF8.self)
    return readable + "-" + digest(of: joined)
  }

  private static let digestLength = 10

  /// The 64-bit FNV-1a digest (draft-eastlake-fnv) of the text's UTF-8, its ten lowest digits in base 27.
  private static func digest(of text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    // Kubernetes' own alphabet for generated names: no vowels and no 0, 1, 3, so that no words come about.
    let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
    var digits: [UInt8] = []
    var rest = hash
    for _ in 0..<digestLength {
      digits.append(alphabet[Int(rest % UInt64(alphabet.count))])
      rest /= UInt64(alphabet.count)
    }
    return String(decoding: digits, as: UTF8.self)
  }
}
