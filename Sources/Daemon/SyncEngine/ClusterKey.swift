import FoundationEssentials
import KeyBundles
package import TextFormats

/// Key with which the processes of one relay encrypt what they send each other.
///
/// A target generates it when it first applies the relay, and keeps it from then on. Relays of several regions share a
/// `RegionalKey` instead. The key is in a file beside the relay's configuration; rendered configurations never have one.
package enum ClusterKey {
  /// The key's file, and its name in a relay's Secret.
  package static let file = "cluster.key"

  /// A new one: 32 random bytes in base64.
  package static func make() -> String {
    String(decoding: Base64.encode(RandomToken.bytes(count: 32), padded: true), as: UTF8.self)
  }

  /// Returns the key in the content of its file, or two in lines of their own while it changes; nil if the relay could not
  /// use it.
  package static func key(in file: some Sequence<UInt8>) -> String? {
    let lines = String(decoding: Array(file), as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { line in line.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    guard (1...2).contains(lines.count), lines.allSatisfy({ Base64.decode($0.utf8, padded: true)?.count == 32 }) else {
      return nil
    }
    return lines.joined(separator: "\n")
  }

  /// Returns the key in a Secret manifest, whose data is in base64, or nil if it has none.
  package static func key(inSecret secret: JSON) -> String? {
    secret["data"]?[file]?.text.flatMap { Data(base64Encoded: $0) }.flatMap { key(in: $0) }
  }

  /// Returns the content of the file of a relay that shares a key with other regions.
  ///
  /// The shared key comes first. The live one stays as the second while it differs, so that members that still use it
  /// are heard.
  ///
  /// - Parameters:
  ///   - shared: The shared key; nil if it is not known.
  ///   - live: Content of the present file; nil if there is none.
  /// - Returns: Nil if neither is known.
  package static func content(sharing shared: String?, over live: String?) -> String? {
    guard let shared else { return live }
    guard let first = live?.split(whereSeparator: \.isNewline).first, first != shared else { return live ?? shared }
    return "\(shared)\n\(first)"
  }

  /// Returns a relay's Secret manifest with the key added, or unchanged if it has no configuration of a relay.
  package static func add(_ key: String, toSecret secret: JSON) -> JSON {
    guard case .object(var members) = secret, case .object(var data)? = members["data"],
      data[RelayToken.file] != nil
    else { return secret }
    data[file] = .string(Data(key.utf8).base64EncodedString())
    members["data"] = .object(data)
    return .object(members)
  }
}
