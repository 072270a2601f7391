import KeyBundles
import ProbePolicy
import RelayCore
import CRelaySockets
import Glibc
import Synchronization

/// Result of a probe.
struct ProbeOutcome: Sendable {
  /// One hop of a traceroute.
  struct Hop: Sendable {
    let number: Int
    /// Address of the router; nil if none answered or if its address must not be disclosed.
    let address: String?
    /// Round-trip times in milliseconds.
    let times: [Double]
    /// Whether the target itself answered.
    let reached: Bool
  }

  /// Type of the probe.
  let kind: RelayConfiguration.Probe.Kind
  /// Target as given.
  let target: String
  /// Address that was probed; empty if none was found.
  let address: String
  /// End of the probe, as RFC 3339.
  let finishedAt: String
  /// Number of echo requests sent by a ping.
  let sent: Int
  /// Round-trip times of a ping in milliseconds, in order.
  let times: [Double]
  /// Hops of a traceroute.
  let hops: [Hop]
  /// Why the probe could not be sent.
  let failure: String?

  /// Whether the target answered.
  var reached: Bool { kind == .ping ? !times.isEmpty : hops.contains { $0.reached } }
}
