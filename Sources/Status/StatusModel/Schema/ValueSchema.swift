package import ConfigModel
package import TextFormats

/// Type of a value in a response. The OpenAPI document and the reference are derived from it.
package indirect enum ValueSchema: Sendable {
  /// Any text.
  case text
  /// Time (RFC 3339), in UTC.
  case time
  /// Date, as `YYYY-MM-DD`.
  case date
  case integer
  case number
  case boolean
  /// Number or text.
  case scalar
  case choice([String])
  /// Array of values.
  case list(ValueSchema)
  /// Object with arbitrary member names.
  case map(ValueSchema)
  /// Object with a schema of its own.
  case object(ObjectSchema)
  /// The value or null.
  case nullable(ValueSchema)

  /// The type as JSON Schema (2020-12). Objects are references to `#/components/schemas`.
  package var json: JSON {
    switch self {
    case .text: ["type": "string"]
    case .time: ["type": "string", "format": "date-time"]
    case .date: ["type": "string", "format": "date"]
    case .integer: ["type": "integer"]
    case .number: ["type": "number"]
    case .boolean: ["type": "boolean"]
    case .scalar: ["type": ["number", "string"]]
    case .choice(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
    case .list(let element): ["type": "array", "items": element.json]
    case .map(let element): ["type": "object", "additionalProperties": element.json]
    case .object(let object): ["$ref": .string("#/components/schemas/\(object.name)")]
    case .nullable(let value): ["oneOf": [value.json, ["type": "null"]]]
    }
  }

  /// Description for people, such as `text`, `list of Peer` or `number or null`.
  package var words: String {
    switch self {
    case .text: "text"
    case .time: "time"
    case .date: "date"
    case .integer: "integer"
    case .number: "number"
    case .boolean: "boolean"
    case .scalar: "number or text"
    case .choice(let values): values.map { "`\($0)`" }.joined(separator: ", ")
    case .list(let element): "list of \(element.words)"
    case .map(let element): "map of \(element.words)"
    case .object(let object): object.name
    case .nullable(let value): "\(value.words) or null"
    }
  }

  /// The object schema that the type is or contains; nil if there is none.
  var object: ObjectSchema? {
    switch self {
    case .object(let object): object
    case .list(let value), .map(let value), .nullable(let value): value.object
    default: nil
    }
  }
}

/// Schema of an object in a response. Schemas with the same name are identical.
package struct ObjectSchema: Sendable {
  /// A member of the object.
  package struct Property: Sendable {
    /// Name of the member.
    package let name: String
    /// Description of the member.
    package let summary: String
    /// Type of the value.
    package let schema: ValueSchema
    /// Permission required to see the value; without it, the value is null.
    package let needs: Permission?
  }

  /// Name of the schema.
  package let name: String
  /// Description of the object.
  package let summary: String
  /// Members, all of which are always present.
  package let properties: [Property]

  /// Creates a schema.
  package init(name: String, summary: String, properties: [Property]) {
    self.name = name
    self.summary = summary
    self.properties = properties
  }

  /// The schema as JSON Schema (2020-12).
  package var json: JSON {
    let members = properties.map { property -> (name: String, value: JSON) in
      var schema = property.schema.json
      if case .object(var members) = schema {
        let right = property.needs.map { " Null without the permission `\($0.rawValue)`." } ?? ""
        members["description"] = .string(property.summary + "." + right)
        schema = .object(members)
      }
      return (property.name, schema)
    }
    return [
      "type": "object", "description": .string(summary), "additionalProperties": false,
      "required": .array(properties.map { .string($0.name) }), "properties": .object(JSON.Members(members)),
    ]
  }

  /// This schema and every schema it refers to, directly or indirectly.
  package var closure: [ObjectSchema] {
    [self] + properties.flatMap { $0.schema.object?.closure ?? [] }
  }
}
