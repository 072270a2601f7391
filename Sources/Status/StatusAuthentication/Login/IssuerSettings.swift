import FoundationEssentials
import TextFormats

/// Settings of an OpenID Connect provider that users log in with.
package struct IssuerSettings: Sendable {
  /// Name in this server's paths: a DNS label.
  package let name: String
  /// Label on the login page.
  package let label: String
  /// Issuer identifier: an https URL (http only on loopback, for tests).
  package let issuer: String
  /// OAuth 2.0 client id.
  package let clientID: String
  /// OAuth 2.0 client secret; nil for a public client. PKCE is used in either case.
  package let clientSecret: String?

  /// Creates settings.
  package init(name: String, label: String, issuer: String, clientID: String, clientSecret: String?) {
    self.name = name
    self.label = label
    self.issuer = issuer
    self.clientID = clientID
    self.clientSecret = clientSecret
  }
}

/// Metadata of an issuer (OpenID Connect Discovery 1.0, section 3).
struct IssuerMetadata: Sendable {
  /// URL that the browser is sent to.
  let authorizationEndpoint: String
  /// URL that exchanges codes for tokens.
  let tokenEndpoint: String
  /// URL of the issuer's key set.
  let keysURL: String

  /// Parses a discovery document.
  ///
  /// - Returns: Nil if the document belongs to another issuer, or names an endpoint whose URL is not allowed.
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

/// Restrictions on the URLs of issuers.
package enum SafeURL {
  /// Returns whether a URL is allowed: https anywhere, http only on loopback.
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

/// A response with a status other than 200.
package struct IssuerStatus: Error, Sendable, Equatable {
  /// HTTP status.
  package let code: UInt
  /// Creates an error.
  package init(code: UInt) { self.code = code }
}

/// Transport of requests to issuers: the module's only connection to the outside.
package protocol IssuerTransport: Sendable {
  /// Returns the body of a resource.
  ///
  /// - Parameters:
  ///   - url: URL to fetch.
  ///   - limit: largest body accepted, in bytes.
  /// - Throws: `IssuerStatus` for a status other than 200; another error if there is no response in time.
  func get(_ url: String, limit: Int) async throws -> [UInt8]
  /// Posts a form and returns the body of the response.
  ///
  /// - Parameters:
  ///   - url: URL to post to.
  ///   - form: fields of the form.
  ///   - authorization: value of the `Authorization` header; nil for none.
  ///   - limit: largest body accepted, in bytes.
  /// - Throws: `IssuerStatus` for a status other than 200; another error if there is no response in time.
  func post(_ url: String, form: [(name: String, value: String)], authorization: String?, limit: Int) async throws
    -> [UInt8]
}
