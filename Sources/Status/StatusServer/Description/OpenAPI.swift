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
      "description": "What is declared, running and done: read-only. Nothing changes state but logging in and out.",
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
      "304": ["description": "It is what If-None-Match names."],
      "400": problem("Parameters cannot be used."), "401": problem("Nobody is logged in."),
    ]
    switch resource.access {
    case .viewer: break
    case .inOrganization: responses["404"] = problem("There is nothing, or nothing that the viewer may see.")
    case .somewhere, .everywhere: responses["403"] = problem("The viewer lacks a permission.")
    }
    if !resource.variables.isEmpty {
      responses["404"] = problem("There is nothing, or nothing that the viewer may see.")
    }
    if resource.topics == nil { responses["503"] = problem("What it comes from cannot be reached now.") }
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
    case .viewer: "Takes a login."
    case .somewhere: "Takes \(names) somewhere; what comes is what lies within the viewer's reach."
    case .inOrganization: "Takes \(names) in the organization; without, there is nothing."
    case .everywhere: "Takes \(names) in every organization."
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
                "description": "the event after which to go on; the header Last-Event-ID does the same",
                "schema": ["type": "string", "maxLength": 100],
              ]
            ],
            "responses": [
              "200": ["description": "Events", "content": ["text/event-stream": ["schema": ["type": "string"]]]],
              "400": problem("Parameters cannot be used."), "401": problem("Nobody is logged in."),
              "429": problem("There are too many streams."),
            ],
          ]
        ]
      ),
      (
        "/api/v1/login",
        [
          "get": open(
            "listLoginMethods", "Ways to log in",
            [
              "200": [
                "description": "The ways",
                "content": ["application/json": ["schema": loginMethods]],
              ]
            ])
        ]
      ),
      (
        "/login",
        [
          "get": open(
            "showLoginPage", "The page to log in",
            [
              "200": ["description": "The page", "content": ["text/html": ["schema": ["type": "string"]]]],
              "404": problem("This server has no pages."),
            ]),
          "post": [
            "operationId": "logIn", "summary": "Begin a session with a token", "security": [],
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
                        "description": "The token came with an address: only the one printed at the start is taken.",
                      ],
                    ],
                  ]
                ]
              ],
            ],
            "responses": [
              "204": ["description": "The session's cookie is set."],
              "303": ["description": "Likewise, for a form."], "400": problem("It cannot be read."),
              "401": problem("The token lets nobody in."), "403": problem("Another site's page sent it."),
              "413": problem("It is too large."), "415": problem("It is neither JSON nor a form."),
              "429": problem("There were too many attempts."),
            ],
          ],
        ]
      ),
      ("/login/oidc/{provider}", ["get": provider("beginProviderLogin", "Go to an identity provider to log in", [:])]),
      (
        "/login/oidc/{provider}/callback",
        [
          "get": provider(
            "finishProviderLogin", "Come back from an identity provider, and begin a session",
            ["state": "As it was sent.", "code": "What the provider gave.", "error": "Why it gave none."])
        ]
      ),
      (
        "/logout",
        [
          "post": open(
            "logOut", "End the session",
            [
              "204": ["description": "The cookie is gone."], "303": ["description": "Likewise, for a page."],
              "403": problem("Another site's page sent it."),
            ])
        ]
      ),
      (
        "/metrics",
        [
          "get": [
            "operationId": "getMetrics", "summary": "Figures for Prometheus, of the viewer's relays",
            "responses": [
              "200": text("Prometheus' text format"), "304": ["description": "It is what If-None-Match names."],
              "401": problem("Nobody is logged in."), "403": problem("The viewer lacks a permission."),
            ],
          ]
        ]
      ),
      ("/healthz", ["get": open("getHealth", "Whether the server lives", ["200": text("It does.")])]),
      (
        "/readyz",
        [
          "get": open(
            "getReadiness", "Whether there is something to show",
            ["200": text("There is."), "503": text("Nothing is applied yet.")])
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
        "303": ["description": "Where the browser goes."], "400": problem("The address cannot be read."),
        "404": problem("There is no such provider."), "429": problem("There were too many attempts."),
      ])
    if case .object(var members) = operation {
      members["parameters"] = .array([path] + parameters)
      operation = .object(members)
    }
    return operation
  }

  private static let loginMethods: JSON = [
    "type": "object", "additionalProperties": false, "required": ["links", "methods"],
    "properties": [
      "links": [
        "type": "boolean",
        "description": "Whether the page takes the token that was printed at the start from behind #.",
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
