package import TextFormats

/// An encoder from `Encodable` to ``JSON`` that keeps the order in which a value encodes its members.
///
/// For a synthesized `encode(to:)`, that is the order of declaration. Maps with string keys are sorted by the keys'
/// bytes. Members that are nil, an empty array or an empty map are omitted; empty structures are kept.
package struct ManifestEncoder: Sendable {
  package init() {}

  /// Returns `value` as JSON.
  ///
  /// - Throws: `EncodingError.invalidValue` for a number that is not finite or does not fit into a 64-bit integer, and
  ///   any error of the value's own `encode(to:)`.
  package func encode(_ value: some Encodable) throws -> JSON {
    try Node.encoding(value, path: []).json
  }
}

/// A value under construction.
///
/// It is a class because an encoder hands out containers that write into it later.
final class Node {
  private enum Content {
    case empty
    case leaf(JSON)
    case list([Node])
    case map([(name: String, node: Node)])
  }

  private var content = Content.empty

  /// The encoded value; an empty structure if nothing was encoded.
  var json: JSON {
    switch content {
    case .empty: .object([:])
    case .leaf(let value): value
    case .list(let nodes): .array(nodes.map(\.json))
    case .map(let nodes): .object(JSON.Members(nodes.map { (name: $0.name, value: $0.node.json) }))
    }
  }

  /// Number of elements if this is a list, otherwise 0.
  var count: Int {
    guard case .list(let nodes) = content else { return 0 }
    return nodes.count
  }

  func set(_ value: JSON) { content = .leaf(value) }

  func becomeMap() {
    if case .map = content { return }
    content = .map([])
  }

  func becomeList() {
    if case .list = content { return }
    content = .list([])
  }

  func append(_ node: Node) {
    guard case .list(var nodes) = content else {
      content = .list([node])
      return
    }
    content = .empty
    nodes.append(node)
    content = .list(nodes)
  }

  func append(_ name: String, _ node: Node) {
    guard case .map(var nodes) = content else {
      content = .map([(name, node)])
      return
    }
    content = .empty
    nodes.append((name, node))
    content = .map(nodes)
  }

  /// Returns the node for `value`.
  ///
  /// - Throws: `EncodingError.invalidValue`, and any error of the value's own `encode(to:)`.
  static func encoding(_ value: some Encodable, path: [any CodingKey]) throws -> Node {
    let node = Node()
    switch value {
    case let value as String: node.set(.string(value))
    case let value as Bool: node.set(.bool(value))
    case let value as any BinaryInteger:
      guard let number = Int(exactly: value) else { throw refusal(of: value, path: path, "is out of range") }
      node.set(.integer(number))
    case let value as Double:
      guard value.isFinite else { throw refusal(of: value, path: path, "is not finite") }
      node.set(.number(value))
    case let value as Float:
      guard value.isFinite else { throw refusal(of: value, path: path, "is not finite") }
      node.set(.number(Double(value)))
    case let map as any StringKeyedMap:
      node.becomeMap()
      for (key, element) in map.sortedElements {
        node.append(key, try encoding(element, path: path + [MapKey(stringValue: key)]))
      }
    default:
      try value.encode(to: NodeEncoder(node: node, codingPath: path))
    }
    return node
  }

  private static func refusal(of value: Any, path: [any CodingKey], _ what: String) -> EncodingError {
    .invalidValue(value, .init(codingPath: path, debugDescription: "the number \(what)"))
  }
}

/// A type whose members are omitted if they have no elements.
protocol LeftOutWhenEmpty {
  var isEmpty: Bool { get }
}

extension Array: LeftOutWhenEmpty {}
extension Dictionary: LeftOutWhenEmpty {}

private protocol StringKeyedMap {
  var sortedElements: [(String, any Encodable)] { get }
}

extension Dictionary: StringKeyedMap where Key == String, Value: Encodable {
  fileprivate var sortedElements: [(String, any Encodable)] {
    sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
  }
}

/// Key of an element in the coding path of an error.
struct MapKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}
