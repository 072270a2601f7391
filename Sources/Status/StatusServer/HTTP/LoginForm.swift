import HTTPTypes
import Hummingbird
import NIOCore
import TextFormats

/// What somebody sends to log in.
struct LoginForm {
  let token: String
  /// Where to go then: a path of this server.
  let next: String?
  /// Whether a browser sent it as a form, and wants to be led on.
  let isForm: Bool
  /// Whether the page found the token in its address: anybody can make a browser open one.
  var isLink = false

  /// Bytes of the largest one.
  static let largest = 4_096
  /// Seconds for it to come.
  static let patience = 10.0

  static func read(_ request: Request) async throws -> LoginForm {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > largest {
      throw Problem.contentTooLarge
    }
    guard let buffer = try? await request.body.collect(upTo: largest) else { throw Problem.contentTooLarge }
    let text = String(buffer: buffer)
    switch (request.headers[.contentType] ?? "").split(separator: ";").first.map({ $0.lowercased() }) {
    case "application/json":
      guard let json = try? JSON(parsing: text.utf8), case .object(let members) = json,
        members.pairs.allSatisfy({ $0.name == "token" || $0.name == "link" }), let token = json["token"]?.text,
        !token.isEmpty
      else { throw Problem.badLogin("Send {\"token\": \"…\"}.") }
      guard let link = json["link"] else { return LoginForm(token: token, next: nil, isForm: false) }
      guard link == .bool(true) else { throw Problem.badLogin("`link` is true, or is not sent.") }
      return LoginForm(token: token, next: nil, isForm: false, isLink: true)
    case "application/x-www-form-urlencoded":
      guard let members = RequestTarget.form(text), let token = members["token"], !token.isEmpty else {
        throw Problem.badLogin("Send the member `token`.")
      }
      return LoginForm(token: token, next: members["next"].flatMap(path), isForm: true)
    default:
      throw Problem.badLogin(
        "Send JSON, or a form.", status: .unsupportedMediaType)
    }
  }

  /// A path of this server, and nothing that a browser takes for another one.
  static func path(_ text: String) -> String? {
    guard text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 2_048,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { return nil }
    return text
  }
}
