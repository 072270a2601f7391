import COpenSSL
import FoundationEssentials
import KeyBundles
import TextFormats

/// A detached SSH signature (OpenSSH's PROTOCOL.sshsig), as Git embeds it in commits.
struct SSHSignature {
  /// Reasons to reject a signature.
  enum Fault: Error, Equatable {
    case unreadable
    case namespace(String)
    case hash(String)
    case algorithm(String)
    /// The key is a certificate of this type. Certificates are not supported: their issuer, validity and purpose are
    /// not checked.
    case certificate(String)
    case absentUser
    case wrong
  }

  private static let magic = Array("SSHSIG".utf8)
  private static let begin = "-----BEGIN SSH SIGNATURE-----"
  private static let end = "-----END SSH SIGNATURE-----"

  private let keyBlob: [UInt8]
  private let namespace: String
  private let reserved: [UInt8]
  private let hash: String
  private let algorithm: String
  private let signature: [UInt8]
  /// Flags and counter of a security key; otherwise empty.
  private let tail: [UInt8]

  /// Parses the armored form.
  ///
  /// - Throws: `Fault.unreadable` if it is malformed.
  init(armored text: String) throws(Fault) {
    let lines = text.separated(at: "\n", omittingEmptySubsequences: true)
    guard lines.count >= 3, lines.first == Self.begin[...], lines.last == Self.end[...],
      let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
    else { throw .unreadable }
    let bytes = Array(data)
    guard bytes.starts(with: Self.magic) else { throw .unreadable }
    var wire = SSHWire(bytes.dropFirst(Self.magic.count))
    guard wire.number() == 1, let keyBlob = wire.string(), let namespace = wire.text(), let reserved = wire.string(),
      let hash = wire.text(), let inner = wire.string(), wire.isAtEnd
    else { throw .unreadable }
    var signed = SSHWire(inner)
    guard let algorithm = signed.text(), let signature = signed.string() else { throw .unreadable }
    var tail: [UInt8] = []
    while let byte = signed.byte() { tail.append(byte) }
    self.keyBlob = keyBlob
    self.namespace = namespace
    self.reserved = reserved
    self.hash = hash
    self.algorithm = algorithm
    self.signature = signature
    self.tail = tail
  }

  /// Verifies the signature over `message`.
  ///
  /// - Parameter namespace: the purpose that the signature must have been made for, so that a signature of a file is
  ///   not accepted for a commit.
  /// - Returns: The key that made it. The caller decides whose key it is and whether it counts.
  /// - Throws: `Fault` if the signature is not valid.
  func verify(_ message: [UInt8], namespace wanted: String) throws(Fault) -> SSHPublicKey {
    guard namespace == wanted else { throw .namespace(namespace) }
    var wire = SSHWire(keyBlob)
    if let kind = wire.text(), kind.hasSuffix("-cert-v01@openssh.com") { throw .certificate(kind) }
    guard let key = SSHPublicKey(blob: keyBlob), key.kind.rawValue == algorithm else { throw .algorithm(algorithm) }
    let name: String
    switch hash {
    case "sha256": name = "SHA256"
    case "sha512": name = "SHA512"
    default: throw .hash(hash)
    }
    guard let digest = Self.digest(message, name) else { throw .unreadable }
    var bytes = Self.magic + SSHWire.string(Array(wanted.utf8)) + SSHWire.string(reserved)
    bytes += SSHWire.string(Array(hash.utf8)) + SSHWire.string(digest)
    switch key.kind {
    case .ed25519:
      guard tail.isEmpty else { throw .unreadable }
    case .securityKeyEd25519:
      guard tail.count == 5, let party = Self.digest(key.application, "SHA256"),
        let content = Self.digest(bytes, "SHA256")
      else { throw .unreadable }
      // Bit 0 says that the user touched the key, so that a program alone cannot sign.
      guard tail[0] & 1 == 1 else { throw .absentUser }
      bytes = party + tail + content
    }
    guard Ed25519.verifies(signature, of: bytes, publicKey: key.point) else { throw .wrong }
    return key
  }

  private static func digest(_ bytes: [UInt8], _ name: String) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 64)
    var length = digest.count
    guard EVP_Q_digest(nil, name, nil, bytes, bytes.count, &digest, &length) == 1 else { return nil }
    return Array(digest.prefix(length))
  }
}
