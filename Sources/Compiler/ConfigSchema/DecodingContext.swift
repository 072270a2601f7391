import ConfigModel
package import Diagnostics
package import YAMLSyntax

/// State of a decoder: its position in the document, and the diagnostics so far.
package struct DecodingContext: Sendable {
  /// Path of the file, relative to the repository's root.
  package let path: String
  /// Problems found so far.
  package private(set) var diagnostics: [Diagnostic] = []
  /// Names of the fields from the document's root to the value being decoded.
  private var trail: [String] = []

  package init(path: String) { self.path = path }

  /// Descends into a field.
  mutating func enter(_ field: String) { trail.append(field) }
  /// Returns to the enclosing mapping.
  mutating func leave() { trail.removeLast() }

  /// Adds a diagnostic.
  package mutating func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  /// Returns a label at a range of the file.
  func label(_ range: SourceRange, _ text: String? = nil) -> Diagnostic.Label {
    Diagnostic.Label(SourceLocation(path: path, range: range), text)
  }

  /// Returns an edit that replaces a range of the file.
  func edit(_ range: SourceRange, _ replacement: String) -> Diagnostic.Edit {
    Diagnostic.Edit(SourceLocation(path: path, range: range), replacement)
  }

  /// Path of the field being decoded, as messages show it: `spec.port`.
  var fieldName: String { trail.joined(separator: ".") }
  private var subject: String { trail.isEmpty ? "the document" : "`\(fieldName)`" }
}

// MARK: - Values

extension DecodingContext {
  /// Decodes a string; nil after reporting another type.
  mutating func string(_ node: YAMLNode) -> String? {
    if let scalar = node.scalar {
      switch scalar.resolved {
      case .string(let text): return text
      case .null, .bool, .integer, .number: break
      }
    }
    reportType(expected: "a string", node) { scalar in
      Replacement(title: "quote the value", text: "\"\(scalar.text)\"", isCertain: true)
    }
    return nil
  }

  /// Decodes a boolean; nil after reporting another type, or a word that YAML 1.1 took for a boolean.
  mutating func boolean(_ node: YAMLNode) -> Bool? {
    guard let scalar = node.scalar else {
      reportType(expected: "true or false", node)
      return nil
    }
    if case .bool(let value) = scalar.resolved { return value }
    let lookalikes = ["yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"]
    if case .string(let text) = scalar.resolved, let meant = lookalikes[text.lowercased()] ?? quoted(text, scalar) {
      report(
        Diagnostic(
          .booleanLookalike, "\(subject) must be true or false, but `\(text)` is a string",
          at: label(node.range, "YAML 1.2 reads this as the text \"\(text)\""),
          help: "write `\(meant)`",
          fixes: [
            Diagnostic.Fix("replace `\(text)` with `\(meant)`", edits: [edit(node.range, meant)], isCertain: true)
          ]))
      return nil
    }
    reportType(expected: "true or false", node)
    return nil
  }

  private func quoted(_ text: String, _ scalar: YAMLScalar) -> String? {
    scalar.style != .plain && (text == "true" || text == "false") ? text : nil
  }

  /// Decodes an integer within `range`; nil after reporting another type or a number out of range.
  mutating func integer(_ node: YAMLNode, in range: ClosedRange<Int>) -> Int? {
    let value: Int
    switch node.scalar?.resolved {
    case .integer(let integer): value = integer
    // JSON Schema counts 1.0 as an integer, and so does this decoder. A number beyond 64 bits is out of any range here.
    case .number(let number) where number == number.rounded():
      value = Int(exactly: number) ?? (number > 0 ? Int.max : Int.min)
    default:
      reportNumberType(expected: "an integer", node)
      return nil
    }
    guard range.contains(value) else {
      report(outOfRange: node, low: String(range.lowerBound), high: String(range.upperBound))
      return nil
    }
    return value
  }

  /// Decodes a number within `range`; nil after reporting another type or a number out of range.
  mutating func number(_ node: YAMLNode, in range: ClosedRange<Double>) -> Double? {
    let value: Double
    switch node.scalar?.resolved {
    case .integer(let integer): value = Double(integer)
    case .number(let number): value = number
    default:
      reportNumberType(expected: "a number", node)
      return nil
    }
    guard range.contains(value) else {
      report(outOfRange: node, low: "\(range.lowerBound)", high: "\(range.upperBound)")
      return nil
    }
    return value
  }

  /// Decodes a list into its elements; nil after reporting another type.
  mutating func sequence(_ node: YAMLNode) -> [YAMLNode]? {
    if let elements = node.sequence { return elements }
    reportType(expected: "a list", node) { scalar in
      scalar.text.isEmpty ? nil : Replacement(title: "make it a list", text: "[\(scalar.text)]", isCertain: false)
    }
    return nil
  }

  /// Decodes a mapping into its members; nil after reporting another type.
  mutating func mapping(_ node: YAMLNode) -> [YAMLMember]? {
    if let members = node.mapping { return members }
    reportType(expected: "a mapping of fields", node)
    return nil
  }
}

// MARK: - Reports

/// Replacement for a whole value.
private struct Replacement {
  let title: String
  let text: String
  let isCertain: Bool
}

extension DecodingContext {
  private mutating func reportType(
    expected: String, _ node: YAMLNode, fix: (YAMLScalar) -> Replacement? = { _ in nil }
  ) {
    let replacement = node.isNull ? nil : node.scalar.flatMap(fix)
    report(
      Diagnostic(
        .wrongType, "\(subject) must be \(expected), found \(node.kindInWords)",
        at: label(node.range, "expected \(expected)"),
        help: node.isNull ? "give it a value, or remove the field" : nil,
        fixes: replacement.map {
          [Diagnostic.Fix($0.title, edits: [edit(node.range, $0.text)], isCertain: $0.isCertain)]
        } ?? []))
  }

  private mutating func reportNumberType(expected: String, _ node: YAMLNode) {
    var notes: [String] = []
    if let scalar = node.scalar, scalar.style == .plain, scalar.text.contains(":") {
      notes.append("YAML 1.2 has no base-60 numbers: `\(scalar.text)` is a string")
    }
    let before = diagnostics.count
    reportType(expected: expected, node) { scalar in
      guard scalar.style != .plain, case .integer = YAMLScalar(text: scalar.text, style: .plain).resolved else {
        return nil
      }
      return Replacement(title: "remove the quotes", text: scalar.text, isCertain: true)
    }
    if diagnostics.count > before { diagnostics[before].notes += notes }
  }

  /// Returns the candidate that was probably meant.
  ///
  /// A file with 200 faults or more gets no suggestions, because misspelling does not explain it.
  private func suggestion(for text: String, among candidates: [String]) -> String? {
    diagnostics.count < 200 ? Spelling.nearest(to: text, among: candidates) : nil
  }

  private mutating func report(outOfRange node: YAMLNode, low: String, high: String) {
    report(
      Diagnostic(
        .outOfRange, "\(subject) must be between \(low) and \(high), found `\(node.scalar?.text ?? "")`",
        at: label(node.range, "outside \(low) to \(high)"), help: "choose a value from \(low) to \(high)"))
  }

  /// Reports a word that is not one of `choices`.
  mutating func report(unknown text: String, choices: [String], at node: YAMLNode) {
    let nearest = suggestion(for: text, among: choices)
    let all = choices.map { "`\($0)`" }.joined(separator: ", ")
    report(
      Diagnostic(
        .unknownValue, "\(subject) cannot be `\(text)`",
        at: label(node.range, nearest.map { "did you mean `\($0)`?" }), help: "it is one of \(all)",
        fixes: nearest.map {
          [Diagnostic.Fix("replace `\(text)` with `\($0)`", edits: [edit(node.range, $0)], isCertain: false)]
        } ?? []))
  }

  /// Reports a text of the right form whose value does not exist, such as 30 February.
  mutating func report(impossible text: String, format: StringFormat, at node: YAMLNode) {
    report(
      Diagnostic(
        .impossibleValue, "\(subject) has the right form, but `\(text)` does not exist",
        at: label(node.range, "no such value"), help: "write \(format.description)"))
  }

  /// Reports a field that the object does not have.
  ///
  /// - Returns: The field that was probably meant.
  mutating func report(unknownField member: YAMLMember, of shape: ObjectShape) -> String? {
    let names = shape.fields.map(\.name)
    let nearest = suggestion(for: member.name, among: names)
    report(
      Diagnostic(
        .unknownField, "\(shape.name) has no field `\(member.name)`",
        at: label(member.nameRange, nearest.map { "did you mean `\($0)`?" } ?? "unknown field"),
        help: nearest == nil ? "its fields are \(names.map { "`\($0)`" }.joined(separator: ", "))" : nil,
        fixes: nearest.map {
          [
            Diagnostic.Fix(
              "replace `\(member.name)` with `\($0)`", edits: [edit(member.nameRange, $0)], isCertain: true)
          ]
        } ?? []))
    return nearest
  }

  /// Reports a missing field.
  mutating func report(missing field: FieldShape, of shape: ObjectShape, in node: YAMLNode) {
    let example = field.examples.first.map { ", for example `\(field.name): \($0)`" } ?? ""
    report(
      Diagnostic(
        .missingField, "\(shape.name) needs the field `\(field.name)`",
        at: label(node.headRange, "`\(field.name)` is missing here"), notes: ["`\(field.name)` is \(field.summary)"],
        help: "add `\(field.name)`\(example)"))
  }

  /// Returns whether the members satisfy every group of alternatives, after reporting those that they do not satisfy.
  mutating func check(
    _ alternatives: [Alternatives], of shape: ObjectShape, members: [YAMLMember], in node: YAMLNode
  ) -> Bool {
    var isSound = true
    for group in alternatives {
      let present = members.filter { group.fields.contains($0.name) }
      let all = group.fields.map { "`\($0)`" }
      if present.isEmpty {
        isSound = false
        report(
          Diagnostic(
            .missingAlternative, "\(shape.name) needs \(all.joined(separator: " or "))",
            at: label(node.headRange, "neither is present"), help: "add one of them"))
      } else if group.rule == .exactlyOne, let first = present.first, let second = present.dropFirst().first {
        isSound = false
        report(
          Diagnostic(
            .exclusiveFields, "\(shape.name) takes \(all.joined(separator: " or ")), not both",
            at: label(second.nameRange, "this conflicts with the other"),
            related: [label(first.nameRange, "the other is here")], help: "keep the one you mean"))
      }
    }
    return isSound
  }

  /// Returns whether a text has a permitted length in Unicode scalars, after reporting if not.
  mutating func check(_ length: ClosedRange<Int>, of text: String, at node: YAMLNode) -> Bool {
    let count = text.unicodeScalars.count
    if length.contains(count) { return true }
    let wanted =
      count < length.lowerBound
      ? (count == 0 ? "must not be empty" : "needs at least \(length.lowerBound) characters")
      : "has \(count) characters, at most \(length.upperBound) are allowed"
    report(Diagnostic(.malformedValue, "\(subject) \(wanted)", at: label(node.range), help: "change the text's length"))
    return false
  }

  /// Returns whether a text has a format, after reporting if not.
  mutating func check(_ format: StringFormat, of text: String, at node: YAMLNode) -> Bool {
    if format.accepts(text) { return true }
    report(
      Diagnostic(
        .malformedValue, "\(subject) must be \(format.description)",
        at: label(node.range, text.isEmpty ? "this is empty" : nil), help: "write \(format.description)"))
    return false
  }

  /// Returns whether a member's name has a format, after reporting if not.
  mutating func check(_ format: StringFormat, ofName member: YAMLMember) -> Bool {
    if format.accepts(member.name) { return true }
    report(
      Diagnostic(
        .malformedValue, "`\(member.name)` in \(subject) must be \(format.description)", at: label(member.nameRange),
        help: "rename it"))
    return false
  }

  /// Returns whether a list has a permitted number of elements, after reporting if not.
  mutating func check(count: ClosedRange<Int>, of nodes: [YAMLNode], at node: YAMLNode) -> Bool {
    if count.contains(nodes.count) { return true }
    let wanted =
      nodes.count < count.lowerBound
      ? "needs at least \(count.lowerBound) element\(count.lowerBound == 1 ? "" : "s")"
      : "has \(nodes.count) elements, at most \(count.upperBound) are allowed"
    report(Diagnostic(.listLength, "\(subject) \(wanted)", at: label(node.headRange), help: "change the list"))
    return false
  }

  /// Returns whether all elements differ, after reporting those that do not.
  ///
  /// Elements of a unique list are scalars; the element's own decoder reports anything else.
  mutating func checkUnique(_ nodes: [YAMLNode]) -> Bool {
    var first: [String: YAMLNode] = [:]
    var isSound = true
    for node in nodes {
      guard let scalar = node.scalar, case .string(let text) = scalar.resolved else { continue }
      guard let earlier = first[text] else {
        first[text] = node
        continue
      }
      isSound = false
      report(
        Diagnostic(
          .repeatedElement, "\(subject) lists `\(text)` twice", at: label(node.range, "again here"),
          related: [label(earlier.range, "first here")], help: "remove one of them"))
    }
    return isSound
  }
}

extension StringFormat {
  /// Returns whether a text has this form and length.
  package func accepts(_ text: String) -> Bool {
    let utf8 = text.utf8
    guard utf8.count >= length.lowerBound, matches(utf8) else { return false }
    // Every format is ASCII, so bytes and Unicode scalars count the same.
    return utf8.count <= length.upperBound
  }
}

extension YAMLNode {
  /// Whether the node is empty or null.
  var isNull: Bool { if case .null = scalar?.resolved { true } else { false } }

  /// Type of the node, as messages name it.
  var kindInWords: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.resolved {
      case .null: "nothing"
      case .bool: "the boolean `\(scalar.text)`"
      case .integer, .number: "the number `\(scalar.text)`"
      case .string: "a string"
      }
    }
  }

  /// A short range that represents the node: the first name of a mapping, the first element of a list.
  package var headRange: SourceRange {
    switch content {
    case .scalar: range
    case .mapping(let members): members.first?.nameRange ?? range
    case .sequence(let elements): elements.first?.headRange ?? range
    }
  }
}
