package import TextFormats

/// One change of what a document says. A path goes through the names of fields; elements of lists have no path.
package enum DocumentChange: Sendable, Equatable {
  /// The field has this value from now on; it is added, with the mappings above it, where it is missing.
  case set([String], JSON)
  /// The field is gone, and a mapping that would be left empty goes with it.
  case remove([String])
  /// These elements stand at the end of the list, unless they are in it already.
  case add([JSON], to: [String])
  /// These elements are not in the list.
  case take([JSON], from: [String])
}

extension JSON {
  /// The same value with members sorted by name: what order and layout say nothing about.
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

  /// The value with what stands at `path` replaced by `change` of it; nil removes it.
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

  /// The value at `path`.
  func value(at path: some Collection<String>) -> JSON? {
    path.reduce(self as JSON?) { value, name in value?[name] }
  }
}
