package import KeyBundles
package import TextFormats

/// Statement of what a relay's files must contain, and which of two versions of them is newer.
///
/// The daemon writes it beside the files, as `declaration.json`. It is canonical JSON:
///
/// ```json
/// {"files":{"bundle.age":"…","config.json":"…"},"org":"acme","relay":"edge","serial":1764270000000,"version":1}
/// ```
///
/// `files` has the SHA-256 of each file in hexadecimal. A `signature` may be added: Ed25519 (RFC 8032) in base64, over the label
/// and the statement without it.
package struct RelayDeclaration: Sendable, Equatable {
  /// Name of the file.
  package static let file = "declaration.json"
  /// Version of the layout that this code writes and reads.
  package static let version = 1
  private static let signatureLabel = Array("wpex relay declaration v1\n".utf8)
  private static let maxFiles = 16

  /// Name of the organization.
  package let org: String
  /// Name of the relay.
  package let relay: String
  /// Number that grows with each change, at least 1.
  package let serial: Int
  /// SHA-256 of each file, in hexadecimal, by the file's name.
  package let files: [String: String]
  /// Ed25519 signature of the statement, 64 bytes; nil if nobody signed it.
  package var signature: [UInt8]?
  /// SHA-256 of the statement, in hexadecimal. It identifies the declaration.
  package let digest: String

  /// Declares files.
  ///
  /// - Parameters:
  ///   - serial: At least 1.
  ///   - contents: Content of each file, by its name.
  /// - Throws: `cryptography`.
  package init(org: String, relay: String, serial: Int, contents: [String: [UInt8]]) throws(KeyBundleError) {
    var files: [String: String] = [:]
    for (name, bytes) in contents { files[name] = try SHA256Digest.hex(of: bytes) }
    try self.init(org: org, relay: relay, serial: serial, files: files, signature: nil)
  }

  private init(
    org: String, relay: String, serial: Int, files: [String: String], signature: [UInt8]?
  ) throws(KeyBundleError) {
    self.org = org
    self.relay = relay
    self.serial = serial
    self.files = files
    self.signature = signature
    digest = try SHA256Digest.hex(of: JSON.object(Self.statement(org, relay, serial, files)).canonicalBytes)
  }

  /// Parses the file.
  ///
  /// - Throws: `invalidContent` if it is not exactly what `bytes` returns.
  package init(parsing bytes: [UInt8]) throws(KeyBundleError) {
    guard let json = try? JSON(parsing: bytes) else { throw Self.malformed }
    try self.init(json)
    guard self.bytes == bytes else { throw Self.malformed }
  }

  /// Parses the JSON of a declaration.
  ///
  /// - Throws: `invalidContent`.
  package init(_ json: JSON) throws(KeyBundleError) {
    guard let version = json["version"]?.int else { throw Self.malformed }
    guard version == Self.version else {
      throw KeyBundleError(
        .invalidContent,
        "the declaration has version \(version) and this program reads version \(Self.version); update the older one")
    }
    guard let org = json["org"]?.text, let relay = json["relay"]?.text, let serial = json["serial"]?.int, serial > 0,
      case .object(let members)? = json["files"], (1...Self.maxFiles).contains(members.pairs.count)
    else { throw Self.malformed }
    var files: [String: String] = [:]
    for (name, value) in members.pairs {
      guard let digest = value.text, digest.utf8.count == 64, Self.isFileName(name) else { throw Self.malformed }
      files[name] = digest
    }
    var signature: [UInt8]?
    if let text = json["signature"] {
      guard let bytes = text.text.flatMap({ Base64.decode($0.utf8, padded: true) }), bytes.count == 64 else {
        throw Self.malformed
      }
      signature = bytes
    }
    try self.init(org: org, relay: relay, serial: serial, files: files, signature: signature)
  }

  /// The declaration as JSON.
  package var json: JSON {
    var members = Self.statement(org, relay, serial, files)
    members["signature"] = signature.map {
      .string(String(decoding: Base64.encode($0, padded: true), as: UTF8.self))
    }
    return .object(members)
  }

  /// Content of the file.
  package var bytes: [UInt8] { json.canonicalBytes }

  /// What a signature covers.
  package var signedBytes: [UInt8] {
    Self.signatureLabel + JSON.object(Self.statement(org, relay, serial, files)).canonicalBytes
  }

  /// Returns whether one of some Ed25519 public keys, each of 32 bytes, signed the declaration.
  package func isSigned(byOneOf publicKeys: [[UInt8]]) -> Bool {
    guard let signature else { return false }
    return publicKeys.contains { Ed25519.verifies(signature, of: signedBytes, publicKey: $0) }
  }

  private static func statement(
    _ org: String, _ relay: String, _ serial: Int, _ files: [String: String]
  ) -> JSON.Members {
    let digests = files.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON.string($0.value)) }
    return [
      "version": .integer(version), "org": .string(org), "relay": .string(relay), "serial": .integer(serial),
      "files": .object(JSON.Members(digests)),
    ]
  }

  /// Returns whether a name is safe to show and cannot leave its folder.
  private static func isFileName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  private static var malformed: KeyBundleError {
    KeyBundleError(.invalidContent, "\(file) is not a relay's declaration; the daemon writes it again at its next pass")
  }
}
