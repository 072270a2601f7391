import ConfigModel
import HTTPTypes
import StatusModel
import TextFormats

/// A problem response (RFC 9457).
///
/// It never contains anything from the request's path, so that objects that do not exist and objects that are not
/// visible are indistinguishable.
struct Problem: Error {
  /// HTTP status.
  let status: HTTPResponse.Status
  /// Last component of the problem type's URI.
  let name: String
  /// Summary of the problem type.
  let title: String
  /// Explanation of this occurrence.
  let detail: String
  /// Invalid parameters.
  var faults: [ParameterFault] = []
  /// Additional header fields.
  var headers: [(HTTPField.Name, String)] = []

  /// Body of the response.
  var json: JSON {
    [
      "type": .string("https://wpex.io/problems/\(name)"), "title": .string(title), "status": .integer(status.code),
      "detail": .string(detail),
      "errors": .array(faults.map { ["parameter": .string($0.parameter), "detail": .string($0.detail)] }),
    ]
  }

  static let notFound = Problem(
    status: .notFound, name: "not-found", title: "Not found", detail: "This does not exist, or you cannot see it.")

  static let unauthenticated = Problem(
    status: .unauthorized, name: "unauthenticated", title: "Not logged in",
    detail: "Log in, or send an API token as `Authorization: Bearer TOKEN`.", headers: [(.wwwAuthenticate, "Bearer")])

  static let badTarget = Problem(
    status: .badRequest, name: "bad-request", title: "Bad request", detail: "The URL is not encoded correctly.")

  static let uriTooLong = Problem(
    status: .uriTooLong, name: "uri-too-long", title: "URL too long",
    detail: "A URL can have at most \(RequestTarget.maxLength) bytes.")

  static let contentTooLarge = Problem(
    status: .contentTooLarge, name: "content-too-large", title: "Content too large",
    detail: "The body can have at most \(LoginForm.maxBytes) bytes.", headers: [(.connection, "close")])

  static let wrongToken = Problem(
    status: .unauthorized, name: "unauthenticated", title: "Not logged in", detail: "This token was not accepted.",
    headers: [(.wwwAuthenticate, "Bearer")])

  static let foreignOrigin = Problem(
    status: .forbidden, name: "foreign-origin", title: "Foreign origin",
    detail: "Only a page of this server can send this.")

  static let tooManyStreams = Problem(
    status: .tooManyRequests, name: "too-many-requests", title: "Too many streams",
    detail: "You have the maximum number of event streams open.", headers: [(.retryAfter, "10")])

  static func tooManyLogins(_ seconds: Int) -> Problem {
    Problem(
      status: .tooManyRequests, name: "too-many-requests", title: "Too many logins",
      detail: "Too many failed logins from your network. Try again in \(seconds) s.",
      headers: [(.retryAfter, "\(seconds)")])
  }

  static func methodNotAllowed(_ allowed: String) -> Problem {
    Problem(
      status: .methodNotAllowed, name: "method-not-allowed", title: "Method not allowed",
      detail: "Allowed here: \(allowed).", headers: [(.allow, allowed)])
  }

  static func badLogin(_ detail: String, status: HTTPResponse.Status = .badRequest) -> Problem {
    Problem(status: status, name: "bad-request", title: "Bad request", detail: detail)
  }

  /// Creates the response to a refusal.
  init(_ refusal: Refusal) {
    switch refusal {
    case .badRequest(let faults):
      self.init(
        status: .badRequest, name: "bad-request", title: "Bad request", detail: "Invalid parameters.",
        faults: faults)
    case .notFound: self = .notFound
    case .forbidden(let permission):
      self.init(
        status: .forbidden, name: "forbidden", title: "Not permitted",
        detail: "This requires the permission `\(permission.rawValue)`.")
    case .unavailable(let reason):
      self.init(
        status: .serviceUnavailable, name: "unavailable", title: "Not available", detail: "\(reason).",
        headers: [(.retryAfter, "5")])
    }
  }

  init(
    status: HTTPResponse.Status, name: String, title: String, detail: String, faults: [ParameterFault] = [],
    headers: [(HTTPField.Name, String)] = []
  ) {
    self.status = status
    self.name = name
    self.title = title
    self.detail = detail
    self.faults = faults
    self.headers = headers
  }

  /// Schema of all problem responses, for the OpenAPI document.
  static let component: JSON = [
    "type": "object", "description": "Description of an error (RFC 9457)", "additionalProperties": false,
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": [
      "type": ["type": "string", "format": "uri"], "title": ["type": "string"], "status": ["type": "integer"],
      "detail": ["type": "string"],
      "errors": [
        "type": "array",
        "items": [
          "type": "object", "additionalProperties": false, "required": ["parameter", "detail"],
          "properties": ["parameter": ["type": "string"], "detail": ["type": "string"]],
        ],
      ],
    ],
  ]
}
