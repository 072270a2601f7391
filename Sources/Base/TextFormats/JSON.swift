/// A JSON value whose objects keep the order of their members.
///
/// Everything that wpex writes for machines (reports, schemas, manifests, bundle payloads) passes through this type, so
/// the order is decided where a value is made and never by a hash table.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A whole number of at most 64 bits.
  case integer(Int)
  /// Any other number; written as `null` if it is not finite.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Members)

  /// The members of an object in their original order.
  package struct Members: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Names and values. Names are not checked for duplicates.
    package private(set) var pairs: [(name: String, value: JSON)]

    package init(_ pairs: [(name: String, value: JSON)] = []) { self.pairs = pairs }

    package init(dictionaryLiteral elements: (String, JSON)...) {
      pairs = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Whether it is empty.
    package var isEmpty: Bool { pairs.isEmpty }

    /// The value of the first member called `name`.
    ///
    /// Setting it replaces that value in place or appends a member; nil removes the member.
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

    /// Appends a member without searching for an earlier one of the same name.
    package mutating func append(_ name: String, _ value: JSON) { pairs.append((name, value)) }

    package static func == (left: Members, right: Members) -> Bool {
      left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
    }
  }

  /// The value of the member called `name`; nil if there is none or this is not an object.
  package subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  /// The elements; nil if this is not an array.
  package var elements: [JSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The text; nil if this is not a string.
  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number; nil if this is not an integer.
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
