import TextFormats

/// A method of login, for the login page.
package struct LoginMethod: Sendable, Equatable {
  /// Kind of login: a form for a token, or an OpenID Connect provider.
  package enum Kind: String, CaseIterable, Sendable { case token, oidc }

  /// Kind of login.
  package let kind: Kind
  /// Label of the button.
  package let label: String
  /// Path at which the login begins; nil if it is a form on the page.
  package let start: String?

  /// Creates a method.
  package init(kind: Kind, label: String, start: String? = nil) {
    self.kind = kind
    self.label = label
    self.start = start
  }
}

/// Description of the login methods in the API.
enum LoginMethods {
  /// Returns the response of `GET /api/v1/login`.
  ///
  /// - Parameters:
  ///   - methods: methods of login.
  ///   - takesLinks: whether the page accepts the local token after the `#` of its URL.
  static func json(_ methods: [LoginMethod], takesLinks: Bool) -> JSON {
    [
      "links": .bool(takesLinks),
      "methods": .array(
        methods.map { method in
          [
            "kind": .string(method.kind.rawValue), "label": .string(method.label),
            "start": method.start.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }
}
