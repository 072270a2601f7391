package import TextFormats

/// A change of a document's value. Paths consist of field names; list elements cannot be addressed.
package enum DocumentChange: Sendable, Equatable {
  /// Sets a field, and adds it together with missing enclosing mappings.
  case set([String], JSON)
  /// Removes a field, together with enclosing mappings that would become empty.
  case remove([String])
  /// Appends elements to a list unless they are already in it.
  case add([JSON], to: [String])
  /// Removes elements from a list.
  case take([JSON], from: [String])
}

extension JSON {
  /// The value with members sorted by name and integers as floating-point numbers, for comparisons that ignore order
  /// and layout.
  package var canonical: JSON {
    switch self {
    case .array(let elements): .array(elements.map(\.canonical))
    case .object(let members):
      .object(
        Members(
          members.pairs.sorted { $0.name < $1.name }.map { (name: $0.name, value: $0.value.canonical) }))
    case .integer(let value) where Double(value).magnitude < 1e15: .number(Double(value))
    default: self
    }
  }

  /// Returns the value with `change` applied to the value at `path`; nil removes it.
  func updating(_ path: some Collection<String>, _ change: (JSON?) -> JSON?) -> JSON {
    guard let name = path.first, case .object(var members) = self else { return change(self) ?? .null }
    let rest = path.dropFirst()
    if rest.isEmpty {
      members[name] = change(members[name])
    } else {
      members[name] = (members[name] ?? .object([:])).updating(rest, change)
    }
    return .object(members)
  }

  /// Returns the value at `path`; nil if there is none.
  func value(at path: some Collection<String>) -> JSON? {
    path.reduce(self as JSON?) { value, name in value?[name] }
  }
}
