import ConfigModel
package import TextFormats

/// JSON Schema (2020-12) of the configuration language, for editors and for programs that read config repositories.
package enum JSONSchemaWriter {
  /// URI of the JSON Schema dialect.
  package static let dialect = "https://json-schema.org/draft/2020-12/schema"
  private static let base = "https://wpex.io/schemas/"

  /// Returns the schema of documents of one kind.
  package static func schema(of document: DocumentSchema) -> JSON {
    var members: JSON.Members = [
      "$schema": .string(dialect), "$id": .string(base + fileName(of: document)),
      "title": .string(document.kind.rawValue),
    ]
    for pair in object(document.shape).pairs { members[pair.name] = pair.value }
    return .object(members)
  }

  /// The schema of a document of any kind, chosen by its `kind`.
  package static var anyKind: JSON {
    let branches = DocumentSchema.all.map { document -> JSON in
      [
        "if": ["properties": ["kind": ["const": .string(document.kind.rawValue)]], "required": ["kind"]],
        "then": ["$ref": .string(fileName(of: document))],
      ]
    }
    return [
      "$schema": .string(dialect), "$id": .string(base + "wpex.schema.json"), "title": "wpex",
      "description": "A document of a wpex config repository, of any kind.", "type": "object",
      "required": ["apiVersion", "kind", "metadata", "spec"],
      "properties": [
        "kind": ["enum": .array(DocumentSchema.all.map { .string($0.kind.rawValue) })]
      ],
      "allOf": .array(branches),
    ]
  }

  /// Returns every schema file with its name.
  package static func files() -> [(name: String, text: String)] {
    DocumentSchema.all.map { (fileName(of: $0), schema(of: $0).text(.indented) + "\n") }
      + [("wpex.schema.json", anyKind.text(.indented) + "\n")]
  }

  private static func fileName(of document: DocumentSchema) -> String {
    "\(document.kind.rawValue.lowercased()).schema.json"
  }

  private static func object(_ shape: ObjectShape) -> JSON.Members {
    var members: JSON.Members = ["description": .string(shape.summary), "type": "object"]
    members["additionalProperties"] = false
    let required = shape.fields.filter(\.isRequired).map { JSON.string($0.name) }
    if !required.isEmpty { members["required"] = .array(required) }
    members["properties"] = .object(JSON.Members(shape.fields.map { (name: $0.name, value: field($0)) }))
    let groups = shape.alternatives.map { group -> JSON in
      let options = JSON.array(group.fields.map { ["required": [.string($0)]] })
      return switch group.rule {
      case .exactlyOne: ["oneOf": options]
      case .atLeastOne: ["anyOf": options]
      }
    }
    if !groups.isEmpty { members["allOf"] = .array(groups) }
    return members
  }

  private static func field(_ field: FieldShape) -> JSON {
    var members = value(field.shape)
    members["description"] = .string(describe(field))
    if !field.examples.isEmpty, case .string = field.shape {
      members["examples"] = .array(field.examples.map { .string($0.trimmingQuotes) })
    }
    return .object(members)
  }

  private static func describe(_ field: FieldShape) -> String {
    var text = field.summary.capitalizedFirst + "."
    if let defaultText = field.defaultText { text += " Default: \(defaultText)." }
    if case .string(let shape) = field.shape, let choices = shape.choices {
      for choice in choices { text += "\n- \(choice.value): \(choice.summary)" }
    }
    return text
  }

  private static func value(_ shape: Shape) -> JSON.Members {
    switch shape {
    case .string(let string):
      if let choices = string.choices { return ["type": "string", "enum": .array(choices.map { .string($0.value) })] }
      var members: JSON.Members = ["type": "string"]
      if let format = string.format { members["pattern"] = .string(format.pattern) }
      if string.length.lowerBound > 0 { members["minLength"] = .integer(string.length.lowerBound) }
      members["maxLength"] = .integer(string.length.upperBound)
      return members
    case .integer(let range):
      return ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    case .number(let range):
      return ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
    case .boolean: return ["type": "boolean"]
    case .list(let element, let bounds):
      var members: JSON.Members = ["type": "array", "items": .object(value(element))]
      if bounds.count.lowerBound > 0 { members["minItems"] = .integer(bounds.count.lowerBound) }
      members["maxItems"] = .integer(bounds.count.upperBound)
      if bounds.isUnique { members["uniqueItems"] = true }
      return members
    case .map(let key, let element):
      return [
        "type": "object",
        "propertyNames": [
          "pattern": .string(key.pattern), "minLength": .integer(key.length.lowerBound),
          "maxLength": .integer(key.length.upperBound),
        ],
        "additionalProperties": .object(value(element)),
      ]
    case .object(let object): return self.object(object)
    case .anyMapping: return ["type": "object"]
    }
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

  /// The text of an example, without the quotes that it has in YAML.
  var trimmingQuotes: String {
    count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }
}
