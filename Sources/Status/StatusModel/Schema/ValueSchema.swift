package import ConfigModel
package import TextFormats

/// What a value of an answer looks like: the OpenAPI document and the reference are made of these.
package indirect enum ValueSchema: Sendable {
  case text
  /// RFC 3339, in UTC.
  case time
  /// `YYYY-MM-DD`.
  case date
  case integer
  case number
  case boolean
  case choice([String])
  case list(ValueSchema)
  /// An object whose members have names of their own.
  case map(ValueSchema)
  case object(ObjectSchema)
  case nullable(ValueSchema)

  /// As JSON Schema (2020-12), with objects by reference to `#/components/schemas`.
  package var json: JSON {
    switch self {
    case .text: ["type": "string"]
    case .time: ["type": "string", "format": "date-time"]
    case .date: ["type": "string", "format": "date"]
    case .integer: ["type": "integer"]
    case .number: ["type": "number"]
    case .boolean: ["type": "boolean"]
    case .choice(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
    case .list(let element): ["type": "array", "items": element.json]
    case .map(let element): ["type": "object", "additionalProperties": element.json]
    case .object(let object): ["$ref": .string("#/components/schemas/\(object.name)")]
    case .nullable(let value): ["oneOf": [value.json, ["type": "null"]]]
    }
  }

  /// For people: `text`, `list of Peer`, `number or null`.
  package var words: String {
    switch self {
    case .text: "text"
    case .time: "time"
    case .date: "date"
    case .integer: "integer"
    case .number: "number"
    case .boolean: "boolean"
    case .choice(let values): values.map { "`\($0)`" }.joined(separator: ", ")
    case .list(let element): "list of \(element.words)"
    case .map(let element): "map of \(element.words)"
    case .object(let object): object.name
    case .nullable(let value): "\(value.words) or null"
    }
  }

  /// The object that it is or holds.
  var object: ObjectSchema? {
    switch self {
    case .object(let object): object
    case .list(let value), .map(let value), .nullable(let value): value.object
    default: nil
    }
  }
}

/// An object of an answer. Two of one name are the same.
package struct ObjectSchema: Sendable {
  package struct Property: Sendable {
    package let name: String
    package let summary: String
    package let schema: ValueSchema
    /// What it takes to see it; without that, it is null.
    package let needs: Permission?
  }

  package let name: String
  package let summary: String
  package let properties: [Property]

  package init(name: String, summary: String, properties: [Property]) {
    self.name = name
    self.summary = summary
    self.properties = properties
  }

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

  /// This object and all that it holds.
  package var closure: [ObjectSchema] {
    [self] + properties.flatMap { $0.schema.object?.closure ?? [] }
  }
}
