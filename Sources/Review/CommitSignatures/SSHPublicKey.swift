import FoundationEssentials
import KeyBundles
import TextFormats

/// An SSH public key that can sign commits: Ed25519, either in software (RFC 8709) or on a security key (OpenSSH's
/// PROTOCOL.u2f).
package struct SSHPublicKey: Sendable, Hashable {
  /// Supported algorithms, with their SSH names.
  package enum Kind: String, Sendable {
    case ed25519 = "ssh-ed25519"
    case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
  }

  /// The key's algorithm.
  package let kind: Kind
  /// The key in SSH wire format, which identifies it.
  package let blob: [UInt8]
  /// The Ed25519 public key, 32 bytes.
  let point: [UInt8]
  /// The relying party of a security key, usually `ssh:`; otherwise empty.
  let application: [UInt8]

  /// Parses a key in SSH wire format.
  ///
  /// - Returns: Nil for another algorithm, or if the bytes are not a key.
  package init?(blob: [UInt8]) {
    var wire = SSHWire(blob)
    guard let kind = wire.text().flatMap(Kind.init), let point = wire.string(), point.count == 32 else { return nil }
    var application: [UInt8] = []
    if kind == .securityKeyEd25519 {
      guard let party = wire.string() else { return nil }
      application = party
    }
    guard wire.isAtEnd else { return nil }
    self.kind = kind
    self.blob = blob
    self.point = point
    self.application = application
  }

  /// Parses a line of an `authorized_keys` file: algorithm, base64, and a comment, which is ignored.
  package init?(line: String) {
    let parts = line.separated(at: " ", omittingEmptySubsequences: true)
    guard parts.count >= 2, let data = Data(base64Encoded: String(parts[1])) else { return nil }
    self.init(blob: Array(data))
    guard kind.rawValue == parts[0] else { return nil }
  }

  /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and 43 characters.
  package var fingerprint: String {
    let digest = (try? SHA256Digest.bytes(of: blob)) ?? []
    return "SHA256:" + Data(digest).base64EncodedString().filter { $0 != "=" }
  }
}
