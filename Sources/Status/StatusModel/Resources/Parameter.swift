import ConfigModel
package import TextFormats

/// A query parameter of a resource. Validation, the OpenAPI document and the reference are derived from it.
package struct Parameter: Sendable {
  /// Type of a parameter's value.
  package enum Form: Sendable {
    /// One of these values.
    case choice([String])
    /// Text of at most this many characters, without control characters.
    case text(maxLength: Int)
    /// Integer within a range.
    case integer(ClosedRange<Int>)
    /// `true` or `false`.
    case boolean
    /// A date or a time (RFC 3339).
    case time
    /// A commit id or a prefix of one: 4 to 64 lowercase hexadecimal digits.
    case commit

    /// Description for people.
    package var words: String {
      switch self {
      case .choice(let values): values.map { "`\($0)`" }.joined(separator: ", ")
      case .text(let maxLength): "text of at most \(maxLength) characters"
      case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
      case .boolean: "`true`, `false`"
      case .time: "date or time"
      case .commit: "4 to 64 hexadecimal digits"
      }
    }
  }

  /// Name in the query.
  package let name: String
  /// Purpose, as a phrase for the reference.
  package let summary: String
  /// Type of the value.
  package let form: Form
  /// Whether the parameter may be repeated, in which case any of its values may match.
  package let isRepeatable: Bool

  /// Creates a parameter.
  package init(_ name: String, _ form: Form, _ summary: String, isRepeatable: Bool = false) {
    self.name = name
    self.summary = summary
    self.form = form
    self.isRepeatable = isRepeatable
  }

  /// Returns what a value should have been, as a phrase; nil if it is valid.
  func fault(in value: String) -> String? {
    switch form {
    case .choice(let values): values.contains(value) ? nil : "one of \(values.joined(separator: ", "))"
    case .text(let maxLength):
      value.unicodeScalars.count <= maxLength && !value.unicodeScalars.contains { $0.value < 32 }
        ? nil : "a text of at most \(maxLength) characters, without control characters"
    case .integer(let range):
      value.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && Int(value).map(range.contains) ?? false
        ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: value == "true" || value == "false" ? nil : "true or false"
    case .commit:
      (4...64).contains(value.utf8.count)
        && value.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
        ? nil : "4 to 64 hexadecimal digits in lower case"
    case .time:
      Self.seconds(value) == nil ? "a date or a time of RFC 3339, such as 2026-11-25 or 2026-11-25T10:00:00Z" : nil
    }
  }

  /// Returns the seconds since 1970 of an RFC 3339 date or time with any offset, ignoring fractions of a second; nil if
  /// malformed.
  static func seconds(_ text: String) -> Int64? {
    if let day = CivilDate(text) { return Int64(day.daysSinceEpoch) * 86_400 }
    let text = text.uppercased()
    guard text.utf8.count >= 20, text.utf8.count <= 64 else { return nil }
    var rest = text.dropFirst(19)
    if rest.first == "." { rest = rest.dropFirst().drop { $0.isASCII && $0.isNumber } }
    // Unix time has no leap seconds: use the second before.
    let isLeap = text.dropFirst(17).hasPrefix("60")
    let clock = isLeap ? text.prefix(17) + "59" : text.prefix(19)
    guard let moment = Timestamp("\(clock)Z") else { return nil }
    if rest == "Z" { return moment.unixSeconds }
    let digits = rest.dropFirst()
    guard let sign = rest.first, sign == "+" || sign == "-", digits.utf8.count == 5,
      digits.dropFirst(2).first == ":", let hours = Int64(digits.prefix(2)), let minutes = Int64(digits.suffix(2)),
      (0..<24).contains(hours), (0..<60).contains(minutes)
    else { return nil }
    let offset = hours * 3_600 + minutes * 60
    return moment.unixSeconds - (sign == "-" ? -offset : offset)
  }

  /// The parameter as JSON Schema.
  package var schema: JSON {
    let value: JSON =
      switch form {
      case .choice(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
      case .text(let maxLength):
        ["type": "string", "maxLength": .integer(maxLength), "pattern": "^[^\\u0000-\\u001f]*$"]
      case .integer(let range):
        ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
      case .boolean: ["type": "boolean"]
      case .commit: ["type": "string", "pattern": "^[0-9a-f]{4,64}$"]
      case .time: ["type": "string", "anyOf": [["format": "date"], ["format": "date-time"]]]
      }
    return isRepeatable
      ? ["type": "array", "items": value, "maxItems": .integer(Arguments.maxValues)] : value
  }
}

/// Validated parameters of a request.
package struct Arguments: Sendable {
  /// Most values of one repeatable parameter.
  static let maxValues = 32

  /// Variables of the path by name.
  package let path: [String: String]
  private let query: [String: [String]]
  /// Opens and seals cursors.
  let seal: CursorCipher

  /// Validates the query.
  ///
  /// - Parameters:
  ///   - path: variables of the path.
  ///   - query: names and values as given.
  ///   - parameters: parameters that the resource accepts.
  ///   - seal: opens and seals cursors.
  /// - Throws: `Refusal.badRequest` with every fault, at most 20.
  package init(
    path: [String: String], query: [(name: String, value: String)], parameters: [Parameter], seal: CursorCipher
  ) throws(Refusal) {
    var values: [String: [String]] = [:]
    var faults: [ParameterFault] = []
    for (name, value) in query {
      guard let parameter = parameters.first(where: { $0.name == name }) else {
        faults.append(ParameterFault(String(name.prefix(64)), "unknown parameter"))
        continue
      }
      if let fault = parameter.fault(in: value) {
        faults.append(ParameterFault(name, fault))
      } else if !parameter.isRepeatable, values[name] != nil {
        faults.append(ParameterFault(name, "given once"))
      } else if values[name, default: []].count >= Self.maxValues {
        faults.append(ParameterFault(name, "given at most \(Self.maxValues) times"))
      } else {
        values[name, default: []].append(value)
      }
    }
    guard faults.isEmpty else { throw .badRequest(Array(faults.prefix(20))) }
    self.path = path
    self.query = values
    self.seal = seal
  }

  /// The first value of a parameter; nil if it was not given.
  package subscript(name: String) -> String? { query[name]?.first }

  /// Cursor of the page to continue from; nil for the first page, also if the parameter is empty.
  var cursor: String? { self["cursor"].flatMap { $0.isEmpty ? nil : $0 } }

  /// Returns all values of a parameter.
  func values(_ name: String) -> [String] { query[name] ?? [] }

  /// Returns the value of an integer parameter.
  func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

  /// Returns the value of a time parameter, in seconds since 1970.
  func time(_ name: String) -> Int64? { self[name].flatMap(Parameter.seconds) }

  /// Returns the parameters given, except some, in canonical form.
  func text(without names: Set<String>) -> String {
    query.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.sorted().joined(separator: "\u{1}"))" }.joined(separator: "\u{2}")
  }
}
