import ConfigModel

/// Division of an organization's bandwidth limit among its relays.
///
/// Each running relay without a cap of its own gets an equal share of what the caps of the others leave. A relay never
/// goes without a cap if the organization has a limit, so removing a cap does not exceed it.
struct BandwidthShares {
  /// Cap of each relay in Mbit/s; nil without a limit and a cap.
  let caps: [Int?]
  /// Mbit/s that the caps of running relays leave; nil without a limit.
  let rest: Int?
  /// Positions of the running relays that share the rest.
  let sharing: [Int]

  init(of relays: [RelaySpec], limit: Int?) {
    sharing = relays.indices.filter { relays[$0].state == .running && relays[$0].bandwidthMbps == nil }
    guard let limit else {
      caps = relays.map(\.bandwidthMbps)
      rest = nil
      return
    }
    let own = relays.filter { $0.state == .running }.compactMap(\.bandwidthMbps).reduce(0, +)
    let rest = limit - own
    self.rest = rest
    // Pods of a stopped relay that have not ended yet get as little as possible.
    var caps = relays.map { $0.bandwidthMbps ?? 1 }
    for (index, position) in sharing.enumerated() {
      // The first relays get what the division leaves. If there is less than 1 Mbit/s for each, that is an error.
      let share = rest / sharing.count + (index < rest % sharing.count ? 1 : 0)
      caps[position] = max(1, share)
    }
    self.caps = caps
  }
}
