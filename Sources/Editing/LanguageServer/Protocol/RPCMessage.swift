package import TextFormats

/// A message of the client (JSON-RPC 2.0).
package enum RPCMessage: Sendable, Equatable {
  case request(id: JSON, method: String, params: JSON)
  case notification(method: String, params: JSON)
  /// The answer to a request of the server.
  case response(id: JSON)
  /// What is not a message; it is answered with an error.
  case fault(id: JSON, RPCError)

  /// Levels of nesting that are read; the deepest parameters of LSP have about ten.
  private static let deepest = 64

  package init(_ body: [UInt8]) {
    guard Self.depth(of: body) <= Self.deepest, let json = try? JSON(parsing: body) else {
      self = .fault(id: .null, RPCError(.parseError, "the message is not JSON"))
      return
    }
    let id = json["id"]
    guard case .object = json else {
      self = .fault(id: .null, RPCError(.invalidRequest, "a message is one JSON object; LSP knows no batches"))
      return
    }
    switch id {
    case nil, .null?, .integer?, .string?: break
    default:
      self = .fault(id: .null, RPCError(.invalidRequest, "an id is a number or a string"))
      return
    }
    if let method = json["method"] {
      guard let name = method.text else {
        self = .fault(id: id ?? .null, RPCError(.invalidRequest, "the method is not a string"))
        return
      }
      let params = json["params"] ?? .null
      self = id.map { .request(id: $0, method: name, params: params) } ?? .notification(method: name, params: params)
    } else if let id, json["result"] != nil || json["error"] != nil {
      self = .response(id: id)
    } else {
      self = .fault(id: id ?? .null, RPCError(.invalidRequest, "the message has neither a method nor a result"))
    }
  }

  /// The deepest nesting of brackets outside strings: counted before a recursive reader sees them.
  private static func depth(of body: [UInt8]) -> Int {
    var depth = 0
    var deepest = 0
    var isText = false
    var isEscaped = false
    for byte in body {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
    }
    return deepest
  }
}

/// Why a request got no result.
package struct RPCError: Error, Sendable, Equatable {
  /// The codes of JSON-RPC 2.0 and LSP 3.17.
  package enum Code: Int, Sendable {
    case parseError = -32_700
    case invalidRequest = -32_600
    case methodNotFound = -32_601
    case invalidParams = -32_602
    case serverNotInitialized = -32_002
    case requestCancelled = -32_800
    case requestFailed = -32_803
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension JSON {
  static func response(_ id: JSON, _ result: JSON) -> JSON { ["jsonrpc": "2.0", "id": id, "result": result] }

  static func response(_ id: JSON, _ error: RPCError) -> JSON {
    [
      "jsonrpc": "2.0", "id": id,
      "error": ["code": .integer(error.code.rawValue), "message": .string(error.message)],
    ]
  }

  static func notification(_ method: String, _ params: JSON) -> JSON {
    ["jsonrpc": "2.0", "method": .string(method), "params": params]
  }

  static func request(_ id: String, _ method: String, _ params: JSON) -> JSON {
    ["jsonrpc": "2.0", "id": .string(id), "method": .string(method), "params": params]
  }

  /// The message with its header, as it goes over the wire.
  package var frame: [UInt8] {
    let body = Array(text().utf8)
    return Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }
}
