import HTTPTypes
import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes

/// A connection guard for servers that use swift-http-types.
package typealias HTTPTypesConnectionGuard = ConnectionGuard<HTTPRequestPart, HTTPResponsePart>
/// A connection guard for servers that use NIO's own HTTP types.
package typealias HTTP1ConnectionGuard = ConnectionGuard<HTTPServerRequestPart, HTTPServerResponsePart>

extension ConnectionGuard where Inbound == HTTPRequestPart, Outbound == HTTPResponsePart {
  /// Creates a guard that adds its connection to a table.
  package convenience init(_ table: ConnectionTable, timeouts: ConnectionTimeouts) {
    self.init(table, timeouts: timeouts) { part in
      switch part {
      case .head: .head
      case .body: .body
      case .end: .end
      }
    } response: { part in
      switch part {
      case .head: .head
      case .body: .body
      case .end: .end
      }
    }
  }
}

extension ConnectionGuard where Inbound == HTTPServerRequestPart, Outbound == HTTPServerResponsePart {
  /// Creates a guard that adds its connection to a table.
  package convenience init(_ table: ConnectionTable, timeouts: ConnectionTimeouts) {
    self.init(table, timeouts: timeouts) { part in
      switch part {
      case .head: .head
      case .body: .body
      case .end: .end
      }
    } response: { part in
      switch part {
      case .head: .head
      case .body: .body
      case .end: .end
      }
    }
  }
}
