import HTTPTypes
import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes

/// For servers that speak in swift-http-types.
package typealias HTTPTypesConnectionGuard = ConnectionGuard<HTTPRequestPart, HTTPResponsePart>
/// For servers that speak in NIO's own parts.
package typealias HTTP1ConnectionGuard = ConnectionGuard<HTTPServerRequestPart, HTTPServerResponsePart>

extension ConnectionGuard where Inbound == HTTPRequestPart, Outbound == HTTPResponsePart {
  package convenience init(_ table: ConnectionTable, patience: ConnectionPatience) {
    self.init(table, patience: patience) { part in
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
  package convenience init(_ table: ConnectionTable, patience: ConnectionPatience) {
    self.init(table, patience: patience) { part in
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
