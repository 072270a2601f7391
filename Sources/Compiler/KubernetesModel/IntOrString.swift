/// A field that accepts a number, or a text such as a port's name or a percentage.
package enum IntOrString: Encodable, Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  case int(Int)
  case string(String)

  package init(integerLiteral value: Int) { self = .int(value) }
  package init(stringLiteral value: String) { self = .string(value) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    }
  }
}
