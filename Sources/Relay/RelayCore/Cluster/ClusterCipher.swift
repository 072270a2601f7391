import COpenSSL
import CRelayCore

/// Encryption of what the members of a cluster send each other (ChaCha20-Poly1305, RFC 8439).
///
/// A datagram is a version, the sender's number, a counter, and the encrypted message with its tag. Version, sender and
/// counter are authenticated. Every sender has its own key, derived from the cluster's, and counts its messages, so no
/// nonce is used twice. Whether a message is a replay is for the receiver's `ReplayWindow` to say.
struct ClusterCipher {
  /// Version of the protocol. Members understand their own version and the one before.
  static let version: UInt8 = 1
  /// Bytes that a datagram has in addition to its message.
  static let overhead = headerLength + tagLength
  /// Length of a cluster's key in bytes.
  static let keyLength = 32
  private static let headerLength = 17
  private static let tagLength = 16
  private static let label = Array("wpex-relay cluster".utf8)
  /// Senders whose keys are remembered; more than a cluster has members.
  private static let rememberedKeys = 64

  private let clusterKey: [UInt8]
  private let sender: MemberID
  private var counter: UInt64 = 0
  private var keys: [MemberID: [UInt8]] = [:]

  /// Creates the cipher of a member.
  ///
  /// - Parameters:
  ///   - key: The cluster's key, 32 random bytes.
  ///   - sender: Number of the member, which no other process has had under this key.
  init(key: [UInt8], sender: MemberID) {
    clusterKey = key
    self.sender = sender
  }

  /// A decrypted datagram.
  struct Opened: Equatable {
    let sender: MemberID
    let counter: UInt64
    let message: [UInt8]
  }

  /// Encrypts a message.
  ///
  /// - Returns: The datagram; nil if OpenSSL fails.
  mutating func seal(_ message: [UInt8]) -> [UInt8]? {
    let header = Self.header(sender: sender, counter: counter)
    let nonce = Self.nonce(counter)
    let key = key(of: sender)
    counter += 1
    guard let context = EVP_CIPHER_CTX_new(), let length = Int32(exactly: message.count) else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: message.count + Self.tagLength)
    var tag = [UInt8](repeating: 0, count: Self.tagLength)
    var count: Int32 = 0
    let ok =
      EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, key, nonce) == 1
      && EVP_EncryptUpdate(context, nil, &count, header, Int32(header.count)) == 1
      && EVP_EncryptUpdate(context, &output, &count, message, length) == 1
      && EVP_EncryptFinal_ex(context, &tag, &count) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), &tag) == 1
    guard ok else { return nil }
    output.replaceSubrange(message.count..., with: tag)
    return header + output
  }

  /// Decrypts a datagram.
  ///
  /// - Returns: Nil if it is not of this cluster: another key, another version, damaged, or the member's own.
  mutating func open(_ datagram: [UInt8]) -> Opened? {
    guard datagram.count >= Self.overhead, datagram[0] == Self.version else { return nil }
    let header = Array(datagram[..<Self.headerLength])
    let from = Self.number(header[1..<9])
    let counter = Self.number(header[9..<17])
    guard from != sender, from != 0 else { return nil }
    let sealed = Array(datagram[Self.headerLength..<(datagram.count - Self.tagLength)])
    var tag = Array(datagram[(datagram.count - Self.tagLength)...])
    guard let context = EVP_CIPHER_CTX_new(), let length = Int32(exactly: sealed.count) else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: sealed.count + 1)
    var count: Int32 = 0
    let ok =
      EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), nil, key(of: from), Self.nonce(counter)) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), &tag) == 1
      && EVP_DecryptUpdate(context, nil, &count, header, Int32(header.count)) == 1
      && EVP_DecryptUpdate(context, &output, &count, sealed, length) == 1
      && EVP_DecryptFinal_ex(context, &tag, &count) == 1
    guard ok else { return nil }
    return Opened(sender: from, counter: counter, message: Array(output.prefix(sealed.count)))
  }

  private mutating func key(of member: MemberID) -> [UInt8] {
    if let key = keys[member] { return key }
    // Anyone can name senders; only the member's own key is always needed.
    if keys.count >= Self.rememberedKeys { keys = keys.filter { $0.key == sender } }
    let key = BLAKE2s.hash(Self.label + Self.bytes(member), key: clusterKey)
    keys[member] = key
    return key
  }

  private static func header(sender: MemberID, counter: UInt64) -> [UInt8] {
    [version] + bytes(sender) + bytes(counter)
  }

  private static func nonce(_ counter: UInt64) -> [UInt8] { [0, 0, 0, 0] + bytes(counter) }

  private static func bytes(_ value: UInt64) -> [UInt8] {
    stride(from: 0, through: 56, by: 8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
