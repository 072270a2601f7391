import FleetMonitoring
import ConfigModel
import TextFormats

/// Free text: log lines, messages of the runtime, commit messages.
///
/// What a viewer may not see as a field must not appear in them either.
extension VisibleSnapshot {
  /// Returns a text with keys and digests redacted, and addresses as well unless the viewer may read the owner's keys.
  func seen(_ text: String) -> String {
    let text = text.withoutKeyMaterial
    return allows(.keysRead, in: org) ? text : text.withoutAddresses
  }
}

extension ObjectView.Fields {
  /// Adds a free text, redacted for the viewer.
  mutating func freeText(
    _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String
  ) {
    add(name, .text, summary, needs: needs) { value, sight in .string(sight.seen(read(value))) }
  }

  /// Adds a free text that may be null, redacted for the viewer.
  mutating func optionalFreeText(
    _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String?
  ) {
    add(name, .nullable(.text), summary, needs: needs) { value, sight in JSON(read(value).map { sight.seen($0) }) }
  }
}

extension VisibleSnapshot {
  /// A statement with the texts among its parameters as the viewer may see them.
  fileprivate func json(_ statement: Statement) -> JSON {
    let parameters = statement.parameters.pairs.map { name, value -> (name: String, value: JSON) in
      if case .string(let text) = value { return (name, .string(seen(text))) }
      return (name, value)
    }
    return ["code": .string(statement.code.rawValue), "parameters": .object(JSON.Members(parameters))]
  }
}

extension ObjectView.Fields {
  /// A text of the server, and beside it the same as statements, in a member called `nameStatements`.
  mutating func statements(
    _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> StatusText
  ) {
    freeText(name, summary, needs: needs) { read($0).text }
    addStatements(of: name, needs: needs) { read($0) }
  }

  mutating func optionalStatements(
    _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> StatusText?
  ) {
    optionalFreeText(name, summary, needs: needs) { read($0)?.text }
    addStatements(of: name, needs: needs) { read($0) }
  }

  /// A member called `nameStatements` beside the text `name`.
  mutating func addStatements(
    of name: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> StatusText?
  ) {
    let summary = "`\(name)` as statements, for other languages; can be empty"
    add("\(name)Statements", .list(.object(Statement.schema)), summary, needs: needs) { value, sight in
      .array((read(value)?.statements ?? []).map { sight.json($0) })
    }
  }
}

extension Statement {
  fileprivate static let schema = ObjectSchema(
    name: "Statement", summary: "A sentence of the server, as a code with parameters",
    properties: [
      ObjectSchema.Property(
        name: "code", summary: "one of the codes of the reference; show the text itself for one that you do not know",
        schema: .text, needs: nil),
      ObjectSchema.Property(
        name: "parameters", summary: "values in the sentence, by name", schema: .map(.scalar), needs: nil),
    ])
}

extension String {
  /// The text with anything that could be a key, a token or a digest redacted: runs of 40 or more base64 characters.
  var withoutKeyMaterial: String {
    var result: [UInt8] = []
    var run: [UInt8] = []
    func isBase64(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
        true
      default: false
      }
    }
    func end() {
      result += run.count >= 40 ? Array("…".utf8) : run
      run = []
    }
    for byte in utf8 {
      if isBase64(byte) {
        run.append(byte)
      } else {
        end()
        result.append(byte)
      }
    }
    end()
    return String(decoding: result, as: UTF8.self)
  }

  /// The text with IP addresses redacted, including ports and prefix lengths.
  var withoutAddresses: String {
    var result: [UInt8] = []
    let bytes = Array(utf8)
    var place = 0
    while place < bytes.count {
      if let end = Self.endOfAddress(bytes, from: place) {
        result += Array("…".utf8)
        place = end
      } else {
        // An address cannot start in the middle of a word or number.
        let kind = Self.kind(bytes[place])
        repeat {
          result.append(bytes[place])
          place += 1
        } while kind != nil && place < bytes.count && Self.kind(bytes[place]) == kind
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private enum ByteKind { case digit, letter }

  private static func kind(_ byte: UInt8) -> ByteKind? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): .letter
    default: nil
    }
  }

  /// Length of the longest address, in characters.
  private static let maxAddressLength = 45

  private static func endOfAddress(_ bytes: [UInt8], from start: Int) -> Int? {
    guard let end = endOfIPv6(bytes, from: start) ?? endOfIPv4(bytes, from: start) else { return nil }
    // Include a port or a prefix length.
    guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: "/"),
      kind(bytes[end + 1]) == .digit
    else { return end }
    return bytes[(end + 1)...].firstIndex { kind($0) != .digit } ?? bytes.count
  }

  private static func endOfIPv6(_ bytes: [UInt8], from start: Int) -> Int? {
    let limit = Swift.min(bytes.count, start + maxAddressLength)
    var end = bytes[start..<limit].firstIndex { !isOfIPv6($0) } ?? limit
    guard bytes[start..<end].count(where: { $0 == UInt8(ascii: ":") }) >= 2 else { return nil }
    while end - start >= 2 {
      if IPAddress(String(decoding: bytes[start..<end], as: UTF8.self)) != nil { return end }
      // The address may be followed by punctuation.
      guard kind(bytes[end - 1]) == nil else { return nil }
      end -= 1
    }
    return nil
  }

  private static func isOfIPv6(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "A")...UInt8(ascii: "F"),
      UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func endOfIPv4(_ bytes: [UInt8], from start: Int) -> Int? {
    var end = start
    for part in 0..<4 {
      if part > 0 {
        guard end < bytes.count, bytes[end] == UInt8(ascii: ".") else { return nil }
        end += 1
      }
      let number = bytes[end...].prefix(4).prefix { kind($0) == .digit }
      guard (1...3).contains(number.count) else { return nil }
      end = number.endIndex
    }
    return IPAddress(String(decoding: bytes[start..<end], as: UTF8.self)) == nil ? nil : end
  }
}
