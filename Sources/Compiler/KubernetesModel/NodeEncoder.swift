import TextFormats

/// The encoder passed to a value: all its containers write into one node.
struct NodeEncoder: Encoder {
  let node: Node
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.becomeMap()
    return KeyedEncodingContainer(NodeMap<Key>(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeList()
    return NodeList(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    NodeValue(node: node, codingPath: codingPath)
  }
}

private struct NodeMap<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: Node
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) {}

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    if let collection = value as? any LeftOutWhenEmpty, collection.isEmpty { return }
    node.append(key.stringValue, try Node.encoding(value, path: codingPath + [key]))
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    encoder(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(for: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder(for: MapKey(stringValue: "super")) }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(for: key) }

  private func encoder(for key: some CodingKey) -> NodeEncoder {
    let member = Node()
    node.append(key.stringValue, member)
    return NodeEncoder(node: member, codingPath: codingPath + [key])
  }
}

private struct NodeList: UnkeyedEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey]
  var count: Int { node.count }

  func encodeNil() { nextEncoder().node.set(.null) }

  func encode<Value: Encodable>(_ value: Value) throws {
    node.append(try Node.encoding(value, path: codingPath + [MapKey(intValue: count)]))
  }

  func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    nextEncoder().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nextEncoder().unkeyedContainer() }

  func superEncoder() -> any Encoder { nextEncoder() }

  private func nextEncoder() -> NodeEncoder {
    let path = codingPath + [MapKey(intValue: count)]
    let element = Node()
    node.append(element)
    return NodeEncoder(node: element, codingPath: path)
  }
}

private struct NodeValue: SingleValueEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey]

  func encodeNil() { node.set(.null) }

  func encode<Value: Encodable>(_ value: Value) throws {
    node.set(try Node.encoding(value, path: codingPath).json)
  }
}
