/// What a YAML value may look like, without its Swift type: the one description from which JSON Schema, the reference,
/// `wpex explain` and completion are made.
package indirect enum Shape: Sendable {
  case string(StringShape)
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case boolean
  case list(element: Shape, bounds: ListBounds)
  case map(key: StringFormat, value: Shape)
  case object(ObjectShape)
}

package struct StringShape: Sendable {
  /// The permitted values, with what each means; nil where any text of the format goes.
  package var choices: [Choice]?
  package var format: StringFormat?
  /// Unicode scalars.
  package var length: ClosedRange<Int>
  /// What the text names, where it names something declared elsewhere.
  package var reference: ReferenceTarget?

  package struct Choice: Sendable {
    package let value: String
    package let summary: String
  }
}

/// What a reference field names, for completion and go-to-definition.
package enum ReferenceTarget: String, Sendable {
  case key = "Key"
  case region = "region of the Platform"
  case role = "Role"
}

package struct ListBounds: Sendable {
  package var count: ClosedRange<Int>
  package var isUnique: Bool
}

/// The fields of a mapping.
package struct ObjectShape: Sendable {
  /// The path by which the reference and messages name it, such as `Relay.spec`.
  package let name: String
  package let summary: String
  package let fields: [FieldShape]
  package let alternatives: [Alternatives]
}

/// A group of fields of which not every combination makes sense.
package struct Alternatives: Sendable {
  package enum Rule: Sendable { case exactlyOne, atLeastOne }

  package let rule: Rule
  package let fields: [String]

  package static func exactlyOne(of fields: String...) -> Alternatives {
    Alternatives(rule: .exactlyOne, fields: fields)
  }
  package static func atLeastOne(of fields: String...) -> Alternatives {
    Alternatives(rule: .atLeastOne, fields: fields)
  }
}

package struct FieldShape: Sendable {
  package let name: String
  package let summary: String
  package let shape: Shape
  package let isRequired: Bool
  /// How the value that holds without the field is shown; nil where nothing holds.
  package let defaultText: String?
  /// Values as they are written in YAML.
  package let examples: [String]
}
