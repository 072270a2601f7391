/// Options of the command line. Settings that may change while the relay runs are in files: see `RelayConfiguration`.
package struct RelayOptions: Sendable {
  /// Address to listen on; nil for all addresses of both families.
  package var bind: String?
  /// UDP port; 0 chooses a free one.
  package var port: UInt16 = 40_000
  /// Public keys in base64.
  package var allow: [String] = []
  /// Whether anyone may use the relay.
  package var open = false
  /// Broadcasts per second that one address may cause; nil for the default.
  package var broadcastRate: UInt32?
  /// Whether to log every handshake.
  package var debug = false
  /// Path of the configuration file.
  package var configuration: String?
  /// Paths of the encrypted key bundles.
  package var bundles: [String] = []
  /// Path of the age identity that decrypts the bundles.
  package var identity: String?
  /// Path of a file with Ed25519 public keys, one of which must have signed a declaration; nil for none.
  package var verifier: String?
  /// Ed25519 public keys in base64 of which one must sign declarations, besides those of `verifier`.
  package var verifierKeys: [String] = []
  /// HTTP listen address, such as `127.0.0.1:8080` or `:8080`; nil for none.
  package var statistics: String?
  /// Path of the snapshot file. A socket next to it hands over to the next process.
  package var state: String?
  /// Whether datagrams are sent with UDP_SEGMENT.
  package var segmentation = Segmentation.auto
  /// Whether only handshakes move a return path.
  package var strictRoaming = false
  /// Threads per address family; nil for one per available processor.
  package var workers: Int?
  /// Seconds, 0 to 300, for which the relay goes on forwarding after SIGTERM, so that a load balancer can switch.
  package var drainSeconds: UInt64 = 0
  /// Maximum number of sessions, 100 to 4,000,000.
  package var maxSessions = 100_000

  /// Membership in a cluster; nil for a relay of one process.
  package var cluster: Cluster?

  /// Membership in a cluster.
  package struct Cluster: Sendable, Equatable {
    /// Address and port under which other members reach this one.
    package var address: String
    /// Hosts and ports at which other members may be.
    package var join: [String]
    /// Path of the file with the cluster's key: 32 random bytes in base64.
    package var key: String

    /// Creates the options of a member.
    package init(address: String, join: [String], key: String) {
      self.address = address
      self.join = join
      self.key = key
    }
  }

  /// Use of UDP_SEGMENT; `auto` means if the kernel supports it.
  package enum Segmentation: String, Sendable, CaseIterable { case on, off, auto }

  /// Creates the default options.
  package init() {}
}
