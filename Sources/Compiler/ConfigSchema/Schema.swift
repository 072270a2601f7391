import ConfigModel
package import YAMLSyntax

/// Mapping from a YAML value to a Swift value: a shape, and the decoder that goes with it.
///
/// The two are only ever made together, so that they cannot contradict each other.
package struct Schema<Value: Sendable>: Sendable {
  /// Description of the values that the decoder accepts.
  package let shape: Shape
  /// Decodes a value; nil after reporting why not.
  package let decode: @Sendable (YAMLNode, inout DecodingContext) -> Value?

  package init(shape: Shape, decode: @escaping @Sendable (YAMLNode, inout DecodingContext) -> Value?) {
    self.shape = shape
    self.decode = decode
  }
}

extension Schema where Value == String {
  /// Returns the schema of any text of `length` Unicode scalars.
  package static func text(length: ClosedRange<Int> = 1...1_000) -> Schema {
    Schema(shape: .string(StringShape(length: length))) { node, context in
      guard let text = context.string(node) else { return nil }
      return context.check(length, of: text, at: node) ? text : nil
    }
  }

  /// Returns the schema of a text with a format, which may be the name of something declared elsewhere.
  package static func format(_ format: StringFormat, reference: ReferenceTarget? = nil) -> Schema {
    Schema(shape: .string(StringShape(format: format, length: format.length, reference: reference))) { node, context in
      guard let text = context.string(node) else { return nil }
      return context.check(format, of: text, at: node) ? text : nil
    }
  }

  /// Returns the schema of the name of something declared elsewhere.
  package static func reference(_ target: ReferenceTarget) -> Schema { format(.dnsLabel, reference: target) }
}

extension Schema {
  /// Returns the schema of a text that has a format and is parsed further.
  ///
  /// If `parse` returns nil for a text of the right form (30 February), the text is reported as an impossible value.
  package static func parsed(_ format: StringFormat, _ parse: @escaping @Sendable (String) -> Value?) -> Schema {
    Schema(shape: .string(StringShape(format: format, length: format.length))) { node, context in
      guard let text = context.string(node), context.check(format, of: text, at: node) else { return nil }
      guard let value = parse(text) else {
        context.report(impossible: text, format: format, at: node)
        return nil
      }
      return value
    }
  }

  /// Returns the schema of a list.
  ///
  /// - Parameters:
  ///   - element: Schema of each element.
  ///   - count: Permitted numbers of elements.
  ///   - unique: Whether elements must differ.
  package static func list<Element>(
    of element: Schema<Element>, count: ClosedRange<Int> = 0...10_000, unique: Bool = false
  ) -> Schema where Value == [Element] {
    Schema(shape: .list(element: element.shape, bounds: ListBounds(count: count, isUnique: unique))) { node, context in
      guard let nodes = context.sequence(node) else { return nil }
      var isSound = context.check(count: count, of: nodes, at: node)
      if unique, !context.checkUnique(nodes) { isSound = false }
      var values: [Element] = []
      values.reserveCapacity(nodes.count)
      for node in nodes {
        guard let value = element.decode(node, &context) else {
          isSound = false
          continue
        }
        values.append(value)
      }
      return isSound ? values : nil
    }
  }

  /// Returns the schema of a mapping with arbitrary names.
  ///
  /// - Parameters:
  ///   - key: Format of the names.
  ///   - element: Schema of each value.
  package static func map<Element>(
    _ key: StringFormat, to element: Schema<Element>
  ) -> Schema where Value == [String: Element] {
    Schema(shape: .map(key: key, value: element.shape)) { node, context in
      guard let members = context.mapping(node) else { return nil }
      var isSound = true
      var values: [String: Element] = [:]
      for member in members {
        if !context.check(key, ofName: member) { isSound = false }
        guard let value = element.decode(member.value, &context) else {
          isSound = false
          continue
        }
        values[member.name] = value
      }
      return isSound ? values : nil
    }
  }
}

extension Schema where Value: DocumentedEnumeration {
  /// The schema of one of an enumeration's raw values.
  static var choice: Schema {
    let choices = Value.allCases.map { StringShape.Choice(value: $0.rawValue, summary: $0.summary) }
    return Schema(shape: .string(StringShape(choices: choices, length: 0...65_536))) { node, context in
      guard let text = context.string(node) else { return nil }
      guard let value = Value(rawValue: text) else {
        context.report(unknown: text, choices: choices.map(\.value), at: node)
        return nil
      }
      return value
    }
  }
}

extension Schema where Value == Int {
  /// Returns the schema of an integer within `range`.
  package static func integer(_ range: ClosedRange<Int>) -> Schema {
    Schema(shape: .integer(range)) { node, context in context.integer(node, in: range) }
  }
}

extension Schema where Value == Double {
  /// Returns the schema of a number within `range`.
  package static func number(_ range: ClosedRange<Double>) -> Schema {
    Schema(shape: .number(range)) { node, context in context.number(node, in: range) }
  }
}

extension Schema where Value == Bool {
  /// The schema of `true` or `false`.
  package static var boolean: Schema { Schema(shape: .boolean) { node, context in context.boolean(node) } }
}
