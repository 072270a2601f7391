import StructuredText

/// Encodes a value into JSON whose members keep the order in which they are encoded. Maps are sorted by key.
enum ManifestEncoder {
  static func encode(_ value: some Encodable) throws -> JSON {
    let encoder = NodeEncoder(codingPath: [])
    try value.encode(to: encoder)
    return encoder.slot.json
  }
}

/// The place that an encoder writes to. A class, because Encodable hands out several containers over one place.
private final class Slot {
  enum Content {
    case empty
    case value(JSON)
    case members([(name: String, slot: Slot)])
    case elements([Slot])
  }

  var content = Content.empty

  var json: JSON {
    switch content {
    case .empty: return .object([:])
    case .value(let value): return value
    case .members(let members):
      return .object(JSON.Members(members.map { (name: $0.name, value: $0.slot.json) }))
    case .elements(let elements): return .array(elements.map(\.json))
    }
  }

  func member(_ name: String) -> Slot {
    let slot = Slot()
    if case .members(let members) = content {
      content = .members(members + [(name, slot)])
    } else {
      content = .members([(name, slot)])
    }
    return slot
  }

  func element() -> Slot {
    let slot = Slot()
    if case .elements(let elements) = content {
      content = .elements(elements + [slot])
    } else {
      content = .elements([slot])
    }
    return slot
  }
}

private struct NodeEncoder: Encoder {
  let slot = Slot()
  var codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(MemberContainer(slot: slot, codingPath: codingPath))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.content = .elements([])
    return ElementContainer(slot: slot, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarContainer(slot: slot, codingPath: codingPath)
  }
}

private func value(of value: some Encodable, _ path: [any CodingKey]) throws -> JSON {
  switch value {
  case let text as String: return .string(text)
  case let number as Int: return .integer(number)
  case let flag as Bool: return .bool(flag)
  case let map as [String: String]:
    return .object(JSON.Members(map.sorted { $0.key < $1.key }.map { (name: $0.key, value: .string($0.value)) }))
  default:
    let encoder = NodeEncoder(codingPath: path)
    try value.encode(to: encoder)
    return encoder.slot.json
  }
}

private struct MemberContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  var codingPath: [any CodingKey]

  init(slot: Slot, codingPath: [any CodingKey]) {
    self.slot = slot
    self.codingPath = codingPath
    if case .empty = slot.content { slot.content = .members([]) }
  }

  func encodeNil(forKey key: Key) { slot.member(key.stringValue).content = .value(.null) }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    slot.member(key.stringValue).content = .value(try KubernetesModel.value(of: value, codingPath + [key]))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(MemberContainer<Nested>(slot: slot.member(key.stringValue), codingPath: codingPath + [key]))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    ElementContainer(slot: slot.member(key.stringValue), codingPath: codingPath + [key])
  }
  func superEncoder() -> any Encoder { NodeEncoder(codingPath: codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder { NodeEncoder(codingPath: codingPath + [key]) }
}

private struct ElementContainer: UnkeyedEncodingContainer {
  let slot: Slot
  var codingPath: [any CodingKey]
  var count: Int { if case .elements(let elements) = slot.content { elements.count } else { 0 } }

  func encodeNil() { slot.element().content = .value(.null) }
  func encode(_ value: some Encodable) throws {
    slot.element().content = .value(try KubernetesModel.value(of: value, codingPath))
  }
  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(MemberContainer<Nested>(slot: slot.element(), codingPath: codingPath))
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    ElementContainer(slot: slot.element(), codingPath: codingPath)
  }
  func superEncoder() -> any Encoder { NodeEncoder(codingPath: codingPath) }
}

private struct ScalarContainer: SingleValueEncodingContainer {
  let slot: Slot
  var codingPath: [any CodingKey]

  func encodeNil() { slot.content = .value(.null) }
  func encode(_ value: some Encodable) throws {
    slot.content = .value(try KubernetesModel.value(of: value, codingPath))
  }
}
