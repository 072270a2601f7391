/// Description of the permitted YAML values, without a Swift type.
///
/// It is the only source of JSON Schema, the reference, `wpex explain` and completion.
package indirect enum Shape: Sendable {
  /// A string.
  case string(StringShape)
  /// An integer within a range.
  case integer(ClosedRange<Int>)
  /// A number within a range.
  case number(ClosedRange<Double>)
  /// `true` or `false`.
  case boolean
  /// A list whose elements have one shape.
  case list(element: Shape, bounds: ListBounds)
  /// A mapping of arbitrary names of one format to values of one shape.
  case map(key: StringFormat, value: Shape)
  /// A mapping with given fields.
  case object(ObjectShape)
  /// A mapping whose content is described elsewhere, such as a part of another document.
  case anyMapping
}

/// Description of a string.
package struct StringShape: Sendable {
  /// Permitted values with their meanings; nil if every text of the format is permitted.
  package var choices: [Choice]?
  /// Format of the text; nil if any text is permitted.
  package var format: StringFormat?
  /// Permitted lengths in Unicode scalars.
  package var length: ClosedRange<Int>
  /// Kind of the declaration that the text names; nil if it is not a name.
  package var reference: ReferenceTarget?

  /// A permitted value.
  package struct Choice: Sendable {
    /// The value as it is written.
    package let value: String
    /// Meaning of the value, as a phrase.
    package let summary: String
  }
}

/// Kind of the declaration that a reference field names, for completion and go-to-definition.
package enum ReferenceTarget: String, Sendable {
  case key = "Key"
  case region = "region of the Platform"
  case role = "Role"
}

/// Bounds of a list.
package struct ListBounds: Sendable {
  /// Permitted numbers of elements.
  package var count: ClosedRange<Int>
  /// Whether elements must differ.
  package var isUnique: Bool
}

/// Description of a mapping with given fields.
package struct ObjectShape: Sendable {
  /// Path by which the reference and messages name the object, such as `Relay.spec`.
  package let name: String
  /// Description, as a sentence.
  package let summary: String
  /// The fields in the order of the reference.
  package let fields: [FieldShape]
  /// Groups of fields of which only some combinations are permitted.
  package let alternatives: [Alternatives]
}

/// A group of fields of which only some combinations are permitted.
package struct Alternatives: Sendable {
  /// Number of the group's fields that must be present.
  package enum Rule: Sendable { case exactlyOne, atLeastOne }

  /// Number of the fields that must be present.
  package let rule: Rule
  /// Names of the fields.
  package let fields: [String]

  /// Returns a group of fields that exclude each other and of which one must be present.
  package static func exactlyOne(of fields: String...) -> Alternatives {
    Alternatives(rule: .exactlyOne, fields: fields)
  }
  /// Returns a group of fields of which one or more must be present.
  package static func atLeastOne(of fields: String...) -> Alternatives {
    Alternatives(rule: .atLeastOne, fields: fields)
  }
}

/// Description of one field of an object.
package struct FieldShape: Sendable {
  /// Name of the field.
  package let name: String
  /// Description, as a phrase without a final full stop.
  package let summary: String
  /// Description of the value.
  package let shape: Shape
  /// Whether the field must be present.
  package let isRequired: Bool
  /// The default as documentation shows it; nil if the field has none.
  package let defaultText: String?
  /// Examples as they are written in YAML.
  package let examples: [String]
}
