import RelayCore
import NIOCore
import TextFormats

/// An HTTP response.
struct HTTPResponse: Sendable {
  let status: Int
  let contentType: String
  /// Body; a buffer shared by all clients that get the same text.
  let body: ByteBuffer
  /// Value of the `Allow` header, if any.
  var allow: String?

  /// Returns a JSON response.
  static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, contentType: "application/json", body: ByteBuffer(string: json.text(.indented) + "\n"))
  }

  /// Returns a problem response (RFC 9457).
  static func problem(_ status: Int, _ title: String, _ detail: String) -> HTTPResponse {
    let body: JSON = [
      "type": "about:blank", "title": .string(title), "status": .integer(status), "detail": .string(detail),
    ]
    return HTTPResponse(
      status: status, contentType: "application/problem+json", body: ByteBuffer(string: body.text(.indented) + "\n"))
  }

  /// Returns a response of arbitrary bytes.
  static func bytes(_ bytes: [UInt8]) -> HTTPResponse {
    HTTPResponse(status: 200, contentType: "application/octet-stream", body: ByteBuffer(bytes: bytes))
  }

  /// Returns a text response.
  static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
    HTTPResponse(status: status, contentType: type, body: ByteBuffer(string: text))
  }
}
