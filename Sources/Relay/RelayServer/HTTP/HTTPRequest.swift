import RelayCore
import NIOCore
import TextFormats

/// The parts of an HTTP request that the routes need.
struct HTTPRequest: Sendable {
  let method: String
  /// Path without the query.
  let path: String
  /// The bearer token of the Authorization header, otherwise the X-Relay-Token header.
  let token: String?
  /// The header of the exchange for declarations.
  let seal: String?
  let body: [UInt8]
}
