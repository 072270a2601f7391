import HTTPTypes
import Hummingbird
import NIOCore
import TextFormats

/// Body of a login request.
struct LoginForm {
  /// Token to log in with.
  let token: String
  /// Path on this server to continue to; nil if not given.
  let next: String?
  /// Whether a browser submitted it as a form and expects a redirect.
  let isForm: Bool
  /// Whether the page found the token in its URL. Such a request may not be deliberate: anyone can make a browser open
  /// a URL.
  var isLink = false

  /// Size of the largest body accepted, in bytes.
  static let maxBytes = 4_096
  /// Seconds allowed for the body to arrive.
  static let timeout = 10.0

  /// Reads a login request.
  ///
  /// - Throws: `Problem` if the body is too large, malformed or of another content type.
  static func read(_ request: Request) async throws -> LoginForm {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maxBytes {
      throw Problem.contentTooLarge
    }
    guard let buffer = try? await request.body.collect(upTo: maxBytes) else { throw Problem.contentTooLarge }
    let text = String(buffer: buffer)
    switch (request.headers[.contentType] ?? "").split(separator: ";").first.map({ $0.lowercased() }) {
    case "application/json":
      guard let json = try? JSON(parsing: text.utf8), case .object(let members) = json,
        members.pairs.allSatisfy({ $0.name == "token" || $0.name == "link" }), let token = json["token"]?.text,
        !token.isEmpty
      else { throw Problem.badLogin("Send {\"token\": \"…\"}.") }
      guard let link = json["link"] else { return LoginForm(token: token, next: nil, isForm: false) }
      guard link == .bool(true) else { throw Problem.badLogin("`link` must be true or absent.") }
      return LoginForm(token: token, next: nil, isForm: false, isLink: true)
    case "application/x-www-form-urlencoded":
      guard let members = RequestTarget.form(text), let token = members["token"], !token.isEmpty else {
        throw Problem.badLogin("Send the member `token`.")
      }
      return LoginForm(token: token, next: members["next"].flatMap(path), isForm: true)
    default:
      throw Problem.badLogin(
        "Send JSON or a form.", status: .unsupportedMediaType)
    }
  }

  /// Returns the text if it is a path on this server that browsers cannot mistake for another host's; else nil.
  static func path(_ text: String) -> String? {
    guard text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 2_048,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { return nil }
    return text
  }
}
