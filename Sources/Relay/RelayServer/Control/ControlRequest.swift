import KeyBundles
import RelayCore
import RelayWire
import CRelayCore
import CRelaySockets
import Glibc
import Synchronization

/// Requests from other threads to the control thread.
enum ControlRequest: Sendable {
  /// Publishes a report on the board.
  case report
  /// Reloads all files, and calls back with the failure, if any.
  case reload(@Sendable (RelayServerError?) -> Void)
  /// Brings declared files into force, or only asks if they are nil; calls back with what is in force.
  case declare(DeclaredFiles?, @Sendable (DeclarationAnswer) -> Void)
  /// Pauses forwarding, and calls back with the snapshot.
  case handOver(@Sendable ([UInt8]) -> Void)
  /// Resumes forwarding: the next process did not take over after all.
  case resume
  /// Sets where other members of the cluster may be.
  case places([Endpoint])
  /// Ends the control loop.
  case stop(handedOver: Bool)
}
