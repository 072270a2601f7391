import FoundationEssentials
import KeyBundles
package import TextFormats

/// What lets its owner have a relay measure. It is made where a relay is put in place, and stands in the configuration that
/// the relay reads; what is rendered has none.
package enum RelayToken {
  /// The file of a relay's Secret in which it stands.
  package static let file = "config.json"

  private static let digits = Array("0123456789abcdef".utf8)

  /// A new one: 32 random bytes in hexadecimal.
  package static func make() -> String { RandomToken.hexadecimal() }

  /// Whether it has the form of those that are made here.
  package static func isToken(_ text: String) -> Bool { text.utf8.count == 64 && text.utf8.allSatisfy(digits.contains) }

  /// The token in a relay's configuration; nil where there is none.
  package static func token(in configuration: some Sequence<UInt8>) -> String? {
    (try? JSON(parsing: Array(configuration)))?["token"]?.text.flatMap { isToken($0) ? $0 : nil }
  }

  /// A relay's configuration with the token in it; as it is where it is not a JSON object.
  package static func add(_ token: String, to configuration: [UInt8]) -> [UInt8] {
    guard case .object(var members)? = try? JSON(parsing: configuration) else { return configuration }
    members["token"] = .string(token)
    return JSON.object(members).canonicalBytes
  }

  /// The token of a Secret as Kubernetes has it; nil where there is none.
  package static func token(inSecret secret: JSON) -> String? {
    secret["data"]?[file]?.text.flatMap { Data(base64Encoded: $0) }.flatMap { token(in: $0) }
  }

  /// A relay's Secret with the token in its configuration.
  package static func add(_ token: String, toSecret secret: JSON) -> JSON {
    guard case .object(var members) = secret, case .object(var data)? = members["data"],
      let configuration = data[file]?.text.flatMap({ Data(base64Encoded: $0) })
    else { return secret }
    data[file] = .string(Data(add(token, to: Array(configuration))).base64EncodedString())
    members["data"] = .object(data)
    return .object(members)
  }
}
