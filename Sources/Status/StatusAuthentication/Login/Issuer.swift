import FoundationEssentials
import TextFormats

/// An OpenID Connect provider that people log in with, as the settings name it.
package struct IssuerSettings: Sendable {
  /// In addresses of ours: a DNS label.
  package let name: String
  /// For the login page.
  package let label: String
  /// The issuer identifier, an https URL (http only on loopback, for tests).
  package let issuer: String
  package let clientID: String
  /// Nil for a public client; PKCE is used in either case.
  package let clientSecret: String?

  package init(name: String, label: String, issuer: String, clientID: String, clientSecret: String?) {
    self.name = name
    self.label = label
    self.issuer = issuer
    self.clientID = clientID
    self.clientSecret = clientSecret
  }
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0, section 3).
struct IssuerMetadata: Sendable {
  let authorizationEndpoint: String
  let tokenEndpoint: String
  let keysURL: String

  /// - Returns: Nil where the document is not this issuer's, or names endpoints that are not as safe as it.
  init?(_ bytes: [UInt8], of issuer: String) {
    guard let json = try? JSON(parsing: bytes), json["issuer"]?.text == issuer,
      let authorization = json["authorization_endpoint"]?.text, let token = json["token_endpoint"]?.text,
      let keys = json["jwks_uri"]?.text
    else { return nil }
    guard [authorization, token, keys].allSatisfy(SafeURL.isAllowed) else { return nil }
    authorizationEndpoint = authorization
    tokenEndpoint = token
    keysURL = keys
  }
}

/// Which addresses an issuer may have.
package enum SafeURL {
  /// https anywhere; http on this machine only.
  package static func isAllowed(_ text: String) -> Bool {
    guard text.utf8.count <= 2_048, let components = URLComponents(string: text), let host = components.host,
      !host.isEmpty, components.user == nil, components.fragment == nil
    else { return false }
    switch components.scheme {
    case "https": return true
    case "http": return ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
    default: return false
    }
  }
}

/// An answer with another status than 200.
package struct IssuerStatus: Error, Sendable, Equatable {
  package let code: UInt
  package init(code: UInt) { self.code = code }
}

/// Requests to issuers: the only thing that leaves this module.
package protocol IssuerTransport: Sendable {
  /// - Returns: The body of an answer with status 200, at most `limit` bytes.
  /// - Throws: `IssuerStatus` for another status; something else where there is no answer in time.
  func get(_ url: String, limit: Int) async throws -> [UInt8]
  /// Posts a form.
  func post(_ url: String, form: [(name: String, value: String)], authorization: String?, limit: Int) async throws
    -> [UInt8]
}
