import KubernetesModel
import TextFormats
import Testing

@Suite("Manifest encoder")
struct ManifestEncoderTests {
  private struct Values: Encodable {
    var zulu: Int? = nil
    var small: UInt8 = 7
    var alpha: Double? = 1.5
    var flag = true
    var nested: [[Int?]] = [[1, nil], []]
    var map: [String: [String: Int]] = ["b": ["y": 1], "a": [:], "B": ["x": 2]]
    var nothing: [String] = []
    var port: IntOrString = "http"
  }

  @Test("members keep the order of declaration, maps are sorted by bytes")
  func order() throws {
    let value = try ManifestEncoder().encode(Values())
    #expect(
      value.text()
        == #"{"small":7,"alpha":1.5,"flag":true,"nested":[[1,null],[]],"map":{"B":{"x":2},"a":{},"b":{"y":1}},"#
        + #""port":"http"}"#)
  }

  private struct Nested: Encodable {
    enum Names: String, CodingKey { case list, map, parent }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Names.self)
      var list = container.nestedUnkeyedContainer(forKey: .list)
      try list.encode(1)
      try list.encodeNil()
      var inner = list.nestedContainer(keyedBy: Names.self)
      try inner.encode("x", forKey: .map)
      var deeper = list.nestedUnkeyedContainer()
      try deeper.encode(list.count)
      var map = container.nestedContainer(keyedBy: Names.self, forKey: .map)
      try map.encodeNil(forKey: .parent)
      try map.encode(2, forKey: .list)
      var parent = container.superEncoder(forKey: .parent).singleValueContainer()
      try parent.encode("p")
    }
  }

  @Test("containers within containers write where they were asked for")
  func nesting() throws {
    let value = try ManifestEncoder().encode(Nested())
    #expect(value.text() == #"{"list":[1,null,{"map":"x"},[4]],"map":{"list":2},"parent":"p"}"#)
  }

  @Test("a number JSON cannot carry is refused, with its path")
  func refusals() {
    for value in [["a": [1, Double.nan]], ["a": [0, .infinity]]] {
      let error = #expect(throws: EncodingError.self) { try ManifestEncoder().encode(value) }
      guard case .invalidValue(_, let context)? = error else { continue }
      #expect(context.codingPath.map(\.stringValue) == ["a", "1"])
    }
    #expect(throws: EncodingError.self) { try ManifestEncoder().encode(UInt64.max) }
    #expect(throws: EncodingError.self) { try ManifestEncoder().encode([Float.infinity]) }
  }
}
