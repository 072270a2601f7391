/// A JSON value whose objects keep the order of their members.
///
/// Everything wpex writes for machines (reports, schemas, manifests, bundle payloads) passes through this one value, so
/// that order is decided where the value is made and never by a hash table.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Members)

  /// The members of an object in their written order.
  package struct Members: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package private(set) var pairs: [(name: String, value: JSON)]

    package init(_ pairs: [(name: String, value: JSON)] = []) { self.pairs = pairs }

    package init(dictionaryLiteral elements: (String, JSON)...) {
      pairs = elements.map { (name: $0.0, value: $0.1) }
    }

    package var isEmpty: Bool { pairs.isEmpty }

    /// The value of the first member called `name`; setting replaces it in place, appends it, or (nil) removes it.
    package subscript(name: String) -> JSON? {
      get { pairs.first { $0.name == name }?.value }
      set {
        let index = pairs.firstIndex { $0.name == name }
        switch (index, newValue) {
        case (let index?, let value?): pairs[index].value = value
        case (let index?, nil): pairs.remove(at: index)
        case (nil, let value?): pairs.append((name, value))
        case (nil, nil): break
        }
      }
    }

    /// Appends a member without looking for an earlier one of that name.
    package mutating func append(_ name: String, _ value: JSON) { pairs.append((name, value)) }

    package static func == (left: Members, right: Members) -> Bool {
      left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
    }
  }

  /// The value of the member `name` if this is an object that has one.
  package subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  /// The elements if this is an array.
  package var elements: [JSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The text if this is a string.
  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number if this is an integer.
  package var int: Int? {
    guard case .integer(let value) = self else { return nil }
    return value
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Members(elements.map { (name: $0.0, value: $0.1) }))
  }
}
