import FoundationEssentials
import KeyBundles
import TextFormats

/// An SSH public key that can sign commits: Ed25519, alone (RFC 8709) or in a security key (PROTOCOL.u2f of OpenSSH).
package struct SSHPublicKey: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case ed25519 = "ssh-ed25519"
    case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
  }

  package let kind: Kind
  /// The key on the wire, which is what tells two keys apart.
  package let blob: [UInt8]
  /// 32 bytes.
  let point: [UInt8]
  /// The relying party of a security key, `ssh:` mostly; empty otherwise.
  let application: [UInt8]

  /// Reads a key from the wire.
  ///
  /// - Returns: Nil for another algorithm, or bytes that are no key.
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

  /// Reads a line of an authorized_keys file: algorithm, base64, and a comment that does not count.
  package init?(line: String) {
    let parts = line.separated(at: " ", omittingEmptySubsequences: true)
    guard parts.count >= 2, let data = Data(base64Encoded: String(parts[1])) else { return nil }
    self.init(blob: Array(data))
    guard kind.rawValue == parts[0] else { return nil }
  }

  /// `SHA256:` and 43 characters, as `ssh-keygen -l` prints it.
  package var fingerprint: String {
    let digest = (try? SHA256Digest.bytes(of: blob)) ?? []
    return "SHA256:" + Data(digest).base64EncodedString().filter { $0 != "=" }
  }
}
