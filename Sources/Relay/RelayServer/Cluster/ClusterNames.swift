import Glibc
import RelayCore
import Synchronization
import TextFormats

/// Resolves the names under which other members may be, again and again, on a thread of its own.
final class ClusterNames: Sendable {
  private static let pauseSeconds: UInt32 = 2
  private let places: Mutex<[HostPort]>
  private let found: @Sendable ([Endpoint]) -> Void

  /// Creates the resolver.
  ///
  /// - Parameter found: Called with all addresses after each round, on the resolver's thread.
  init(_ places: [HostPort], found: @escaping @Sendable ([Endpoint]) -> Void) {
    self.places = Mutex(places)
    self.found = found
  }

  /// Replaces the names, from the next round on. Callable from any thread.
  func replace(_ places: [HostPort]) { self.places.withLock { $0 = places } }

  /// Starts resolving.
  ///
  /// - Throws: `RelayServerError` if the thread cannot be started.
  func start() throws(RelayServerError) {
    try startThread("cluster-names") {
      while true {
        let places = self.places.withLock { $0 }
        self.found(places.flatMap { Endpoint.addresses(of: $0.host, port: $0.port) })
        sleep(Self.pauseSeconds)
      }
    }
  }
}
