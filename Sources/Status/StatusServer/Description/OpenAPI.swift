import ConfigModel
import HTTPTypes
import StatusModel
package import TextFormats

/// OpenAPI 3.1 description of the API, derived from the resources.
package enum OpenAPI {
  /// The complete document.
  package static let document: JSON = [
    "openapi": "3.1.0",
    "info": [
      "title": "wpex status", "version": .string(WpexVersion.text),
      "description": "What is declared, running and recorded. Read-only: only logging in and out changes state.",
    ],
    "servers": [["url": "/"]],
    "security": [["token": []], ["session": []]],
    "paths": paths,
    "components": [
      "schemas": schemas,
      "securitySchemes": [
        "token": ["type": "http", "scheme": "bearer", "description": "An API token of the repository."],
        "session": [
          "type": "apiKey", "in": "cookie", "name": "__Host-wpex",
          "description": "A session; over plain HTTP the cookie is called wpex_PORT.",
        ],
      ],
    ],
  ]

  private static var schemas: JSON {
    var members = JSON.Members()
    var known: Set<String> = []
    for schema in StatusResource.all.flatMap(\.response.closure) where known.insert(schema.name).inserted {
      members.append(schema.name, schema.json)
    }
    members.append("Problem", Problem.component)
    return .object(members)
  }

  private static var paths: JSON {
    var members = JSON.Members()
    for resource in StatusResource.all { members.append(resource.path, ["get": operation(resource)]) }
    for (path, methods) in others { members.append(path, methods) }
    return .object(members)
  }

  private static func operation(_ resource: StatusResource) -> JSON {
    let variables = resource.variables.map { name -> JSON in
      [
        "name": .string(name), "in": "path", "required": true, "description": .string("the \(name)'s name"),
        "schema": ["type": "string", "minLength": 1],
      ]
    }
    let parameters = resource.parameters.map { parameter -> JSON in
      var members: JSON.Members = [
        "name": .string(parameter.name), "in": "query", "required": false,
        "description": .string(parameter.summary), "schema": parameter.schema,
      ]
      if parameter.isRepeatable {
        members["style"] = "form"
        members["explode"] = true
      }
      return .object(members)
    }
    var responses: JSON.Members = [
      "200": [
        "description": "The answer", "headers": ["ETag": ["schema": ["type": "string"]]],
        "content": [
          "application/json": ["schema": ["$ref": .string("#/components/schemas/\(resource.response.name)")]]
        ],
      ],
      "304": ["description": "Unchanged since the ETag in If-None-Match."],
      "400": problem("Invalid parameters."), "401": problem("Not logged in."),
    ]
    switch resource.access {
    case .viewer: break
    case .inOrganization: responses["404"] = problem("Does not exist, or the viewer cannot see it.")
    case .somewhere, .everywhere: responses["403"] = problem("The viewer lacks a permission.")
    }
    if !resource.variables.isEmpty {
      responses["404"] = problem("Does not exist, or the viewer cannot see it.")
    }
    if resource.topics == nil { responses["503"] = problem("The source of the data cannot be reached now.") }
    var members: JSON.Members = [
      "operationId": .string(resource.name), "summary": .string(resource.summary),
      "description": .string(words(of: resource.access)),
    ]
    members["parameters"] = JSON.array(variables + parameters)
    members["responses"] = JSON.object(responses)
    return .object(members)
  }

  /// Returns the permissions required, in words.
  static func words(of access: StatusResource.Access) -> String {
    let names = access.permissions.map { "`\($0.rawValue)`" }.joined(separator: " and ")
    return switch access {
    case .viewer: "Requires a login."
    case .somewhere: "Requires \(names) somewhere; returns only what the viewer can see."
    case .inOrganization: "Requires \(names) in the organization; otherwise it returns 404."
    case .everywhere: "Requires \(names) in every organization."
    }
  }

  private static func problem(_ words: String) -> JSON {
    [
      "description": .string(words),
      "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
    ]
  }

  private static func text(_ words: String) -> JSON {
    ["description": .string(words), "content": ["text/plain": ["schema": ["type": "string"]]]]
  }

  private static func open(_ name: String, _ summary: String, _ responses: JSON) -> JSON {
    ["operationId": .string(name), "summary": .string(summary), "security": [], "responses": responses]
  }

  /// Paths that are not resources.
  static var others: [(String, JSON)] {
    [
      (
        "/api/v1/events",
        [
          "get": [
            "operationId": "streamEvents", "summary": "What to fetch again, as server-sent events",
            "parameters": [
              [
                "name": "lastEventId", "in": "query", "required": false,
                "description": "the last event received; the header Last-Event-ID does the same",
                "schema": ["type": "string", "maxLength": 100],
              ]
            ],
            "responses": [
              "200": ["description": "Events", "content": ["text/event-stream": ["schema": ["type": "string"]]]],
              "400": problem("Invalid parameters."), "401": problem("Not logged in."),
              "429": problem("Too many streams."),
            ],
          ]
        ]
      ),
      (
        "/api/v1/login",
        [
          "get": open(
            "listLoginMethods", "Login methods",
            [
              "200": [
                "description": "The login methods",
                "content": ["application/json": ["schema": loginMethods]],
              ]
            ])
        ]
      ),
      (
        "/login",
        [
          "get": open(
            "showLoginPage", "The login page",
            [
              "200": ["description": "The page", "content": ["text/html": ["schema": ["type": "string"]]]],
              "404": problem("This server has no pages."),
            ]),
          "post": [
            "operationId": "logIn", "summary": "Start a session with a token", "security": [],
            "requestBody": [
              "required": true,
              "content": [
                "application/json": [
                  "schema": [
                    "type": "object", "additionalProperties": false, "required": ["token"],
                    "properties": [
                      "token": ["type": "string", "minLength": 1, "maxLength": 512],
                      "link": [
                        "const": true,
                        "description": "The token came with a link: only the one printed at startup is accepted.",
                      ],
                    ],
                  ]
                ]
              ],
            ],
            "responses": [
              "204": ["description": "The session's cookie is set."],
              "303": ["description": "The same, for a form."], "400": problem("The body cannot be read."),
              "401": problem("The token was not accepted."), "403": problem("Sent by a page of another site."),
              "413": problem("The body is too large."), "415": problem("The body is neither JSON nor a form."),
              "429": problem("Too many attempts."),
            ],
          ],
        ]
      ),
      (
        "/login/oidc/{provider}",
        ["get": provider("beginProviderLogin", "Redirect to an identity provider to log in", [:])]
      ),
      (
        "/login/oidc/{provider}/callback",
        [
          "get": provider(
            "finishProviderLogin", "Return from an identity provider, and start a session",
            ["state": "As it was sent.", "code": "The code from the provider.", "error": "The provider's error code."])
        ]
      ),
      (
        "/logout",
        [
          "post": open(
            "logOut", "End the session",
            [
              "204": ["description": "The cookie is cleared."], "303": ["description": "The same, for a page."],
              "403": problem("Sent by a page of another site."),
            ])
        ]
      ),
      (
        "/metrics",
        [
          "get": [
            "operationId": "getMetrics", "summary": "Prometheus metrics of the viewer's relays",
            "responses": [
              "200": text("Prometheus' text format"),
              "304": ["description": "Unchanged since the ETag in If-None-Match."],
              "401": problem("Not logged in."), "403": problem("The viewer lacks a permission."),
            ],
          ]
        ]
      ),
      (
        "/api/v1/relays/{org}/{relay}/measurements",
        [
          "post": [
            "operationId": "measure", "summary": "Have a relay measure, as `wpex diag --server` does",
            "description":
              "Requires `diagnostics:run` in the organization, by an API token: sessions do not count. `wpex serve` answers 404.",
            "security": [["token": []]],
            "parameters": .array(
              ["org", "relay"].map { name -> JSON in
                [
                  "name": .string(name), "in": "path", "required": true, "description": .string("the \(name)'s name"),
                  "schema": ["type": "string", "minLength": 1],
                ]
              }),
            "requestBody": ["required": true, "content": ["application/json": ["schema": order]]],
            "responses": [
              "200": [
                "description":
                  "The measurement was permitted and recorded. Its result, after line breaks while it runs, or a Problem.",
                "content": ["application/json": ["schema": ["type": "object"]]],
              ],
              "400": problem("The body cannot be read."), "401": problem("The token was not accepted."),
              "403": problem("The caller lacks the permission."),
              "404": problem("Does not exist, or the caller cannot see it; or this server takes no measurements."),
              "413": problem("The body is too large."), "415": problem("The body is not JSON."),
              "429": problem("Too many wrong tokens or measurements."),
              "503": problem("The audit log or the applied commit cannot be reached now."),
            ],
          ]
        ]
      ),
      ("/healthz", ["get": open("getHealth", "Whether the server is alive", ["200": text("It is alive.")])]),
      (
        "/readyz",
        [
          "get": open(
            "getReadiness", "Whether there is data to show",
            ["200": text("There is data."), "503": text("Nothing is applied yet.")])
        ]
      ),
    ]
  }

  private static func provider(_ name: String, _ summary: String, _ query: [String: String]) -> JSON {
    let path: JSON = [
      "name": "provider", "in": "path", "required": true, "schema": ["type": "string"], "description": "Its name.",
    ]
    let parameters = query.sorted { $0.key < $1.key }.map { name, text -> JSON in
      ["name": .string(name), "in": "query", "schema": ["type": "string"], "description": .string(text)]
    }
    var operation = open(
      name, summary,
      [
        "303": ["description": "Redirects the browser."], "400": problem("The URL cannot be read."),
        "404": problem("Unknown provider."), "429": problem("Too many attempts."),
      ])
    if case .object(var members) = operation {
      members["parameters"] = .array([path] + parameters)
      operation = .object(members)
    }
    return operation
  }

  /// Body of a request to measure.
  private static let order: JSON = {
    func schema(_ kind: String, _ count: String, _ most: Int) -> JSON {
      [
        "type": "object", "additionalProperties": false,
        "required": ["kind", "target", .string(count), "timeoutMilliseconds"],
        "properties": .object([
          "kind": ["const": .string(kind)],
          "target": ["type": "string", "pattern": "^[!-~]{1,253}$", "description": "A host name or address."],
          count: ["type": "integer", "minimum": 1, "maximum": .integer(most)],
          "timeoutMilliseconds": ["type": "integer", "minimum": 50, "maximum": 5_000],
        ]),
      ]
    }
    return [
      "oneOf": [schema("ping", "count", 20), schema("traceroute", "maxHops", 64), schema("bench", "count", 1_000)]
    ]
  }()

  private static let loginMethods: JSON = [
    "type": "object", "additionalProperties": false, "required": ["links", "methods"],
    "properties": [
      "links": [
        "type": "boolean",
        "description": "Whether the page accepts the token printed at startup after # in its URL.",
      ],
      "methods": [
        "type": "array",
        "items": [
          "type": "object", "additionalProperties": false, "required": ["kind", "label", "start"],
          "properties": [
            "kind": ["type": "string", "enum": .array(LoginMethod.Kind.allCases.map { .string($0.rawValue) })],
            "label": ["type": "string"], "start": ["oneOf": [["type": "string"], ["type": "null"]]],
          ],
        ],
      ],
    ],
  ]
}
