/// Encryption of what the members of a cluster send each other (ChaCha20-Poly1305, RFC 8439).
///
/// A datagram is a version, the sender's number, a counter, and the encrypted message with its tag. Version, sender and
/// counter are authenticated. Every sender has its own key, derived from the cluster's, and counts its messages, so no
/// nonce is used twice. Whether a message is a replay is for the receiver's `ReplayWindow` to say.
struct ClusterCipher {
  /// Version of the protocol. Members understand their own version and the one before.
  static let version: UInt8 = 1
  /// Bytes that a datagram has in addition to its message.
  static let overhead = headerLength + ChaCha20Poly1305.tagLength
  /// Length of a cluster's key in bytes.
  static let keyLength = 32
  private static let headerLength = 17
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
    var writer = SnapshotWriter()
    writer.write(sender)
    writer.write(counter)
    counter += 1
    let header = [Self.version] + writer.bytes
    return ChaCha20Poly1305.seal(
      message, key: key(of: sender), nonce: Self.nonce(header), authenticating: header
    ).map { header + $0 }
  }

  /// Decrypts a datagram.
  ///
  /// - Returns: Nil if it is not of this cluster: another key, another version, damaged, or the member's own.
  mutating func open(_ datagram: [UInt8]) -> Opened? {
    guard datagram.count >= Self.overhead, datagram[0] == Self.version else { return nil }
    let header = Array(datagram[..<Self.headerLength])
    var reader = SnapshotReader(header[1...])
    guard let from = try? reader.number(), let counter = try? reader.number(), from != sender, from != 0,
      let message = ChaCha20Poly1305.open(
        datagram[Self.headerLength...], key: key(of: from), nonce: Self.nonce(header), authenticating: header)
    else { return nil }
    return Opened(sender: from, counter: counter, message: message)
  }

  private mutating func key(of member: MemberID) -> [UInt8] {
    if let key = keys[member] { return key }
    // Anyone can name senders; only the member's own key is always needed.
    if keys.count >= Self.rememberedKeys { keys = keys.filter { $0.key == sender } }
    var writer = SnapshotWriter()
    writer.write(member)
    let key = BLAKE2s.hash(Self.label + writer.bytes, key: clusterKey)
    keys[member] = key
    return key
  }

  /// The counter, which ends a datagram's header, as a nonce.
  private static func nonce(_ header: [UInt8]) -> [UInt8] { [0, 0, 0, 0] + header.suffix(8) }
}
