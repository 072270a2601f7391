/// Reason why a snapshot cannot be restored.
package enum SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The snapshot is damaged or is not a snapshot.
  case malformed
  /// The snapshot has a version that this relay cannot read.
  case otherVersion(UInt64)

  package var description: String {
    switch self {
    case .malformed: "the snapshot is damaged; the relay starts without it, and peers repeat their handshakes"
    case .otherVersion(let version):
      "the snapshot has version \(version) and this relay reads version \(RelayMachine.snapshotVersion); the relay starts without it, and peers repeat their handshakes"
    }
  }
}
