import Glibc
import RelayCore
import Synchronization
import TextFormats

/// Resolves the names under which other members may be, again and again, on a thread of its own.
final class ClusterNames: Sendable {
  private static let pauseSeconds: UInt32 = 2
  private let state: Mutex<State>
  private let addresses: @Sendable (HostPort) -> [Endpoint]
  private let found: @Sendable ([Endpoint]) -> Void

  private struct State {
    var places: [HostPort]
    /// What each name was resolved to last.
    var last: [String: [Endpoint]] = [:]
  }

  /// Creates the resolver.
  ///
  /// - Parameters:
  ///   - addresses: Resolves a name; none if that is not possible.
  ///   - found: Called with all addresses after each round, on the resolver's thread.
  init(
    _ places: [HostPort],
    addresses: @escaping @Sendable (HostPort) -> [Endpoint] = { Endpoint.addresses(of: $0.host, port: $0.port) },
    found: @escaping @Sendable ([Endpoint]) -> Void
  ) {
    state = Mutex(State(places: places))
    self.addresses = addresses
    self.found = found
  }

  /// Replaces the names, from the next round on. Callable from any thread.
  func replace(_ places: [HostPort]) { state.withLock { $0.places = places } }

  /// Resolves each name once. One that cannot be resolved now keeps the addresses that it had.
  func resolve() {
    // Resolving may take long, and the lock is for other threads too.
    let (places, last) = state.withLock { ($0.places, $0.last) }
    var now: [String: [Endpoint]] = [:]
    var all: [Endpoint] = []
    for place in places {
      let name = "\(place.host) \(place.port)"
      let addresses = addresses(place)
      now[name] = addresses.isEmpty ? last[name] ?? [] : addresses
      all += now[name] ?? []
    }
    state.withLock { $0.last = now }
    found(all)
  }

  /// Starts resolving.
  ///
  /// - Throws: `RelayServerError` if the thread cannot be started.
  func start() throws(RelayServerError) {
    try startThread("cluster-names") {
      while true {
        self.resolve()
        sleep(Self.pauseSeconds)
      }
    }
  }
}
