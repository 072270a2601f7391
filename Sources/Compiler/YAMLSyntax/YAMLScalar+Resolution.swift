/// Value of a scalar in the core schema of YAML 1.2 (section 10.3.2).
package enum ResolvedScalar: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
}

extension YAMLScalar {
  /// The scalar's value in the core schema.
  ///
  /// Quoted and block scalars are always strings, and so are `yes`, `no`, `on`, `off` and `1:20`. An integer beyond 64
  /// bits resolves to a number.
  package var resolved: ResolvedScalar {
    guard style == .plain else { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    guard let first = text.utf8.first,
      first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
        || first == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return .string(text) }
    return Self.resolveNumber(text) ?? .string(text)
  }

  private static func resolveNumber(_ text: String) -> ResolvedScalar? {
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), unsignedRadix: 8).map { .integer($0) } }
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), unsignedRadix: 16).map { .integer($0) } }
    let unsigned =
      text.utf8.first.map { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } == true
      ? text.dropFirst() : text[...]
    switch unsigned {
    case ".inf", ".Inf", ".INF": return .number(text.hasPrefix("-") ? -.infinity : .infinity)
    default: break
    }
    switch text {
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    default: break
    }
    guard isDecimal(unsigned.utf8) else { return nil }
    if unsigned.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(text) {
      return .integer(value)
    }
    return Double(text).map { .number($0) }
  }

  /// Returns whether the text matches `[0-9]+ ( \. [0-9]* )? ( [eE] [-+]? [0-9]+ )?`, or the same with a leading point.
  private static func isDecimal(_ text: Substring.UTF8View) -> Bool {
    var rest = text[...]
    func digits(_ rest: inout Substring.UTF8View.SubSequence) -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    var mantissa = digits(&rest)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      mantissa += digits(&rest)
    }
    guard mantissa > 0 else { return false }
    if let exponent = rest.first, exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }
}

extension Int {
  /// Parses digits of `radix` without a sign, which the core schema does not allow there.
  fileprivate init?(_ text: Substring, unsignedRadix radix: Int) {
    guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
    self.init(text, radix: radix)
  }
}
