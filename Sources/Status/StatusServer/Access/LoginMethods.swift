import TextFormats

/// A way to log in, for the login page.
package struct LoginMethod: Sendable, Equatable {
  package enum Kind: String, CaseIterable, Sendable { case token, oidc }

  package let kind: Kind
  /// What stands on the button.
  package let label: String
  /// Where it begins, as a path; nil where it is a form of the page.
  package let start: String?

  package init(kind: Kind, label: String, start: String? = nil) {
    self.kind = kind
    self.label = label
    self.start = start
  }
}

enum LoginMethods {
  /// - Parameter takesLinks: whether the local token may stand behind the `#` of the page's address.
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
