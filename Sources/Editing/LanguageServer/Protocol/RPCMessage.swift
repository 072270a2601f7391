package import TextFormats

/// A message from the client (JSON-RPC 2.0).
package enum RPCMessage: Sendable, Equatable {
  /// A request, which must be answered.
  case request(id: JSON, method: String, params: JSON)
  /// A notification, which has no answer.
  case notification(method: String, params: JSON)
  /// The response to a request of the server.
  case response(id: JSON)
  /// Not a valid message; must be answered with the error.
  case fault(id: JSON, RPCError)

  /// Maximum nesting depth; LSP parameters have at most about ten levels.
  private static let deepest = 64

  /// Parses the body of a message.
  package init(_ body: [UInt8]) {
    guard Self.depth(of: body) <= Self.deepest, let json = try? JSON(parsing: body) else {
      self = .fault(id: .null, RPCError(.parseError, "the message is not JSON"))
      return
    }
    let id = json["id"]
    guard case .object = json else {
      self = .fault(id: .null, RPCError(.invalidRequest, "a message is one JSON object; LSP has no batches"))
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

  /// Returns the maximum nesting depth of brackets outside strings, to limit the recursion of the JSON parser.
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

/// The error response to a request.
package struct RPCError: Error, Sendable, Equatable {
  /// Error codes of JSON-RPC 2.0 and LSP 3.17.
  package enum Code: Int, Sendable {
    case parseError = -32_700
    case invalidRequest = -32_600
    case methodNotFound = -32_601
    case invalidParams = -32_602
    case serverNotInitialized = -32_002
    case requestCancelled = -32_800
    case requestFailed = -32_803
  }

  /// The error code.
  package let code: Code
  /// A sentence for the user.
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

  /// The message with its header, as transmitted.
  package var frame: [UInt8] {
    let body = Array(text().utf8)
    return Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }
}
