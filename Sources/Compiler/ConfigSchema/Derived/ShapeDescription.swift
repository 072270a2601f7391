extension Shape {
  /// The permitted values in a few words.
  package var displayText: String {
    switch self {
    case .string(let shape):
      if shape.choices != nil { return "one of these values" }
      if let reference = shape.reference { return "the name of a \(reference.rawValue)" }
      if let format = shape.format { return format.description }
      return "text of \(shape.length.lowerBound) to \(shape.length.upperBound) characters"
    case .integer(let range): return "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): return "a number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: return "true or false"
    case .list(let element, let bounds):
      var text = "a list: \(element.displayText)"
      if bounds.isUnique { text += ", none twice" }
      if bounds.count.lowerBound > 0 { text += ", at least \(bounds.count.lowerBound)" }
      return text
    case .map: return "a mapping of names to strings"
    case .object, .anyMapping: return "a mapping of fields"
    }
  }

  /// The object that is the shape of a value or of a list's elements; nil if neither is an object.
  package var object: ObjectShape? {
    switch self {
    case .object(let object): object
    case .list(let element, _): element.object
    default: nil
    }
  }

  /// The permitted values of the string, or of a list's elements; nil if any text is permitted.
  package var choices: [StringShape.Choice]? {
    switch self {
    case .string(let shape): shape.choices
    case .list(let element, _): element.choices
    default: nil
    }
  }

  /// Whether values are lists.
  package var isList: Bool { if case .list = self { true } else { false } }

  /// Whether values are composed of other values.
  package var isCollection: Bool {
    switch self {
    case .list, .map, .object, .anyMapping: true
    case .string, .integer, .number, .boolean: false
    }
  }
}

extension FieldShape {
  /// Whether the field must be present, or the default that applies if it is not.
  package var presence: String {
    if isRequired { return "required" }
    return defaultText.map { "default \($0)" } ?? "optional"
  }
}
