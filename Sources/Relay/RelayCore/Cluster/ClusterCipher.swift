/// Encryption of what the members of a cluster send each other (ChaCha20-Poly1305, RFC 8439).
///
/// A datagram is a version, the sender's number, a counter, and the encrypted message with its tag. Version, sender and
/// counter are authenticated. Every sender has its own key, derived from the cluster's, and counts its messages, so no
/// nonce is used twice. Whether a message is a replay is for the receiver's `ReplayWindow` to say.
///
/// While a cluster's key changes, there are two: the first one encrypts, and both decrypt.
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

  private let sender: MemberID
  /// Counter of the next message. It goes on if the keys change, so that one that comes back meets no nonce again.
  private var counter: UInt64 = 0
  /// The cluster's keys, in the order in which they are tried.
  private var keys: [MemberKeys]

  /// Creates the cipher of a member.
  ///
  /// - Parameters:
  ///   - keys: The cluster's keys, each of 32 random bytes. The first one encrypts.
  ///   - sender: Number of the member, which no other process has had under these keys.
  init(keys: [[UInt8]], sender: MemberID) {
    self.keys = keys.map(MemberKeys.init)
    self.sender = sender
  }

  /// Replaces the cluster's keys.
  mutating func replaceKeys(_ keys: [[UInt8]]) {
    guard keys != self.keys.map(\.clusterKey) else { return }
    self.keys = keys.map(MemberKeys.init)
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
    guard !keys.isEmpty else { return nil }
    var writer = SnapshotWriter()
    writer.write(sender)
    writer.write(counter)
    counter += 1
    let header = [Self.version] + writer.bytes
    return ChaCha20Poly1305.seal(
      message, key: keys[0].key(of: sender, keeping: sender), nonce: Self.nonce(header), authenticating: header
    ).map { header + $0 }
  }

  /// Decrypts a datagram.
  ///
  /// - Returns: Nil if it is not of this cluster: another key, another version, damaged, or the member's own.
  mutating func open(_ datagram: [UInt8]) -> Opened? {
    guard datagram.count >= Self.overhead, datagram[0] == Self.version else { return nil }
    let header = Array(datagram[..<Self.headerLength])
    var reader = SnapshotReader(header[1...])
    guard let from = try? reader.number(), let counter = try? reader.number(), from != sender, from != 0 else {
      return nil
    }
    for index in keys.indices {
      if let message = ChaCha20Poly1305.open(
        datagram[Self.headerLength...], key: keys[index].key(of: from, keeping: sender), nonce: Self.nonce(header),
        authenticating: header)
      {
        return Opened(sender: from, counter: counter, message: message)
      }
    }
    return nil
  }

  /// A cluster's key, and the keys of members that are derived from it.
  private struct MemberKeys {
    let clusterKey: [UInt8]
    private var derived: [MemberID: [UInt8]] = [:]

    init(_ clusterKey: [UInt8]) { self.clusterKey = clusterKey }

    /// Returns the key of a member. Anyone can name senders, so only the key of `own` is remembered for sure.
    mutating func key(of member: MemberID, keeping own: MemberID) -> [UInt8] {
      if let key = derived[member] { return key }
      if derived.count >= ClusterCipher.rememberedKeys { derived = derived.filter { $0.key == own } }
      var writer = SnapshotWriter()
      writer.write(member)
      let key = BLAKE2s.hash(ClusterCipher.label + writer.bytes, key: clusterKey)
      derived[member] = key
      return key
    }
  }

  /// The counter, which ends a datagram's header, as a nonce.
  private static func nonce(_ header: [UInt8]) -> [UInt8] { [0, 0, 0, 0] + header.suffix(8) }
}
