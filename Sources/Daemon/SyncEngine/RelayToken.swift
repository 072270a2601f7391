import FoundationEssentials
import KeyBundles
package import TextFormats

/// Bearer token that authorizes diagnostics on one relay.
///
/// A target generates it when it first applies the relay, and adds it to the configuration that the relay reads. Rendered
/// configurations never have one.
package enum RelayToken {
  /// The key of a relay's Secret that holds the configuration with the token.
  package static let file = "config.json"

  private static let digits = Array("0123456789abcdef".utf8)

  /// A new one: 32 random bytes in hexadecimal.
  package static func make() -> String { RandomToken.hexadecimal() }

  /// Whether a text has the form of tokens from `make`.
  package static func isToken(_ text: String) -> Bool { text.utf8.count == 64 && text.utf8.allSatisfy(digits.contains) }

  /// Returns the token in a relay's configuration, or nil if it has none.
  package static func token(in configuration: some Sequence<UInt8>) -> String? {
    (try? JSON(parsing: Array(configuration)))?["token"]?.text.flatMap { isToken($0) ? $0 : nil }
  }

  /// Returns a relay's configuration with the token added, or unchanged if it is not a JSON object.
  package static func add(_ token: String, to configuration: [UInt8]) -> [UInt8] {
    guard case .object(var members)? = try? JSON(parsing: configuration) else { return configuration }
    members["token"] = .string(token)
    return JSON.object(members).canonicalBytes
  }

  /// Returns the token in a Secret manifest, whose data is in base64, or nil if it has none.
  package static func token(inSecret secret: JSON) -> String? {
    secret["data"]?[file]?.text.flatMap { Data(base64Encoded: $0) }.flatMap { token(in: $0) }
  }

  /// Returns a relay's Secret manifest with the token added to its configuration, or unchanged if it has no configuration.
  package static func add(_ token: String, toSecret secret: JSON) -> JSON {
    guard case .object(var members) = secret, case .object(var data)? = members["data"],
      let configuration = data[file]?.text.flatMap({ Data(base64Encoded: $0) })
    else { return secret }
    data[file] = .string(Data(add(token, to: Array(configuration))).base64EncodedString())
    members["data"] = .object(data)
    return .object(members)
  }
}
