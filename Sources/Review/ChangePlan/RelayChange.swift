import ConfigModel
import DeploymentPlanning

/// The effect on a relay's pods and sessions.
package struct RelayChange: Sendable, Equatable {
  /// Effects on pods and sessions.
  package enum Effect: String, Sendable, CaseIterable {
    /// Pods start; there were none before.
    case starts
    /// The pods are stopped; everything else is kept.
    case stops
    case removed
    /// New pods start in another region or namespace, and the old ones stop.
    case moves
    /// Pods start in one more region, and stay in others.
    case joins
    /// The pods of one region stop, and stay in others.
    case leaves
    /// The pods are replaced, and peers make new handshakes.
    case restarts
    /// Pods are added or removed; the others keep running.
    case rescales
    /// The relay loads keys or settings while it runs: pods stay, as do sessions of keys that stay.
    case reloads
    /// Pods and sessions are not affected.
    case unaffected
  }

  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// The region in the head; the former region of a removed relay. A relay of several regions has a change in each.
  package let region: String
  /// The effect on its pods and sessions.
  package let effect: Effect
  /// Whether the daemon waits for an approval first.
  package let isHeld: Bool
}
