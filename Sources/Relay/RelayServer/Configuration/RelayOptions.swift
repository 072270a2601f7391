/// What the command line says. What may change while the relay runs stands in files instead: see `RelayConfiguration`.
package struct RelayOptions: Sendable {
  /// The address to listen on; nil for all, of both families.
  package var bind: String?
  /// 0 takes a free one.
  package var port: UInt16 = 40_000
  /// Public keys in base64.
  package var allow: [String] = []
  /// Whether anyone may use the relay.
  package var open = false
  package var broadcastRate: UInt32?
  package var debug = false
  package var configuration: String?
  package var bundles: [String] = []
  package var identity: String?
  /// Where HTTP is answered, such as `127.0.0.1:8080` or `:8080`; nil for nowhere.
  package var statistics: String?
  /// The snapshot file; a socket beside it hands over to the next process.
  package var state: String?
  package var segmentation = Segmentation.auto
  package var strictRoaming = false
  /// Threads for each family of addresses; nil for one for each processor that may be used.
  package var workers: Int?
  package var maxSessions = 100_000

  package enum Segmentation: String, Sendable, CaseIterable { case on, off, auto }

  package init() {}
}

/// Why the relay does not start, or why a reload was refused.
package struct RelayFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// A file or flag says something that cannot be.
    case invalid
    /// The system refuses.
    case system
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
