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

  /// Starts resolving.
  ///
  /// - Throws: `RelayServerError` if the thread cannot be started.
  func start() throws(RelayServerError) {
    try startThread("cluster-names") {
      while true {
        let places = self.places.withLock { $0 }
        self.found(places.flatMap(Self.addresses))
        sleep(Self.pauseSeconds)
      }
    }
  }

  /// Replaces the names.
  func set(_ places: [HostPort]) { self.places.withLock { $0 = places } }

  /// Returns all addresses of a name; none while it cannot be resolved.
  private static func addresses(of place: HostPort) -> [Endpoint] {
    if let endpoint = Endpoint(address: place.host, port: place.port) { return [endpoint] }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(place.host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var endpoints: [Endpoint] = []
    var next = list
    while let entry = next {
      var host = [CChar](repeating: 0, count: 128)
      let status = getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
      let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if status == 0, let endpoint = Endpoint(address: text, port: place.port) { endpoints.append(endpoint) }
      next = entry.pointee.ai_next
    }
    return endpoints
  }
}
