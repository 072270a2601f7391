import TextFormats

/// The single description of a JSON object, from which both its values and its schema are generated.
struct ObjectForm<Value>: Sendable {
  struct Member: Sendable {
    let name: String
    let summary: String
    let schema: JSON.Members
    let isRequired: Bool
    let read: @Sendable (Value) -> JSON?
  }

  let summary: String
  let members: [Member]

  init(_ summary: String, _ members: [Member]) {
    self.summary = summary
    self.members = members
  }

  func json(_ value: Value) -> JSON {
    .object(JSON.Members(members.compactMap { member in member.read(value).map { (member.name, $0) } }))
  }

  var schema: JSON.Members {
    [
      "description": .string(summary), "type": "object", "additionalProperties": false,
      "required": .array(members.filter(\.isRequired).map { .string($0.name) }),
      "properties": .object(
        JSON.Members(
          members.map { member in
            var schema = member.schema
            schema["description"] = .string(member.summary)
            return (member.name, .object(schema))
          })),
    ]
  }
}

extension ObjectForm.Member {
  static func text(_ name: String, _ summary: String, _ read: @escaping @Sendable (Value) -> String) -> Self {
    Self(name: name, summary: summary, schema: ["type": "string"], isRequired: true) { .string(read($0)) }
  }

  static func optional(_ name: String, _ summary: String, _ read: @escaping @Sendable (Value) -> String?) -> Self {
    Self(name: name, summary: summary, schema: ["type": "string"], isRequired: false) { read($0).map(JSON.string) }
  }

  static func flag(_ name: String, _ summary: String, _ read: @escaping @Sendable (Value) -> Bool) -> Self {
    Self(name: name, summary: summary, schema: ["type": "boolean"], isRequired: true) { .bool(read($0)) }
  }

  static func count(
    _ name: String, _ summary: String, from least: Int = 0, _ read: @escaping @Sendable (Value) -> Int
  ) -> Self {
    Self(name: name, summary: summary, schema: ["type": "integer", "minimum": .integer(least)], isRequired: true) {
      .integer(read($0))
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ name: String, _ summary: String, _ read: @escaping @Sendable (Value) -> Choice
  ) -> Self {
    let choices = Choice.allCases.map { JSON.string($0.rawValue) }
    return Self(name: name, summary: summary, schema: ["type": "string", "enum": .array(choices)], isRequired: true) {
      .string(read($0).rawValue)
    }
  }

  static func texts(_ name: String, _ summary: String, _ read: @escaping @Sendable (Value) -> [String]) -> Self {
    let schema: JSON.Members = ["type": "array", "items": ["type": "string"]]
    return Self(name: name, summary: summary, schema: schema, isRequired: true) { .array(read($0).map(JSON.string)) }
  }

  static func object<Part>(
    _ name: String, _ form: ObjectForm<Part>, _ read: @escaping @Sendable (Value) -> Part
  ) -> Self {
    Self(name: name, summary: form.summary, schema: form.schema, isRequired: true) { form.json(read($0)) }
  }

  static func list<Part>(
    _ name: String, _ summary: String, _ form: ObjectForm<Part>, _ read: @escaping @Sendable (Value) -> [Part]
  ) -> Self {
    let schema: JSON.Members = ["type": "array", "items": .object(form.schema)]
    return Self(name: name, summary: summary, schema: schema, isRequired: true) { .array(read($0).map(form.json)) }
  }
}
