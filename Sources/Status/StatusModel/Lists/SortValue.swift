import TextFormats

/// Value that a list is ordered by. Entries without a value come last in either direction.
package enum SortValue: Sendable, Equatable {
  case number(Double)
  case text(String)
  case none

  init(_ number: Double?) { self = number.map { .number($0) } ?? .none }
  init(_ text: String?) { self = text.map { .text($0) } ?? .none }

  /// Returns whether this value comes before another; nil if they are equal.
  func isBefore(_ other: SortValue, descending: Bool) -> Bool? {
    switch (self, other) {
    case (.none, .none): nil
    case (.none, _): false
    case (_, .none): true
    case (.number(let left), .number(let right)): left == right ? nil : (left < right) != descending
    case (.text(let left), .text(let right)): left == right ? nil : (left < right) != descending
    case (.number, .text): true
    case (.text, .number): false
    }
  }

  /// Representation in a cursor.
  var json: JSON {
    switch self {
    case .none: .null
    case .number(let value): .string("n\(value)")
    case .text(let text): .string("t" + text)
    }
  }

  /// Parses the representation in a cursor; nil if it is malformed.
  init?(_ json: JSON) {
    if json == .null {
      self = .none
      return
    }
    guard let text = json.text, let kind = text.first else { return nil }
    switch kind {
    case "t": self = .text(String(text.dropFirst()))
    case "n":
      guard let value = Double(text.dropFirst()), !value.isNaN else { return nil }
      self = .number(value)
    default: return nil
    }
  }
}
