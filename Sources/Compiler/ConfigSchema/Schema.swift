import ConfigModel
package import YAMLSyntax

/// How a YAML value becomes a Swift value: its shape, and the decoder that goes with it. The two are only ever made
/// together, so that neither can say what the other does not.
package struct Schema<Value: Sendable>: Sendable {
  package let shape: Shape
  /// Returns nil after reporting why.
  package let decode: @Sendable (YAMLNode, inout DecodingContext) -> Value?

  package init(shape: Shape, decode: @escaping @Sendable (YAMLNode, inout DecodingContext) -> Value?) {
    self.shape = shape
    self.decode = decode
  }
}

extension Schema where Value == String {
  /// Any text of `length` Unicode scalars.
  package static func text(length: ClosedRange<Int> = 1...1_000) -> Schema {
    Schema(shape: .string(StringShape(length: length))) { node, context in
      guard let text = context.string(node) else { return nil }
      return context.check(length, of: text, at: node) ? text : nil
    }
  }

  /// A text of a form, which may name something declared elsewhere.
  package static func format(_ format: StringFormat, reference: ReferenceTarget? = nil) -> Schema {
    Schema(shape: .string(StringShape(format: format, length: format.length, reference: reference))) { node, context in
      guard let text = context.string(node) else { return nil }
      return context.check(format, of: text, at: node) ? text : nil
    }
  }

  package static func reference(_ target: ReferenceTarget) -> Schema { format(.dnsLabel, reference: target) }
}

extension Schema {
  /// A text of a form that is parsed further. Where `parse` refuses a text of the right form (30 February), that is
  /// reported as a value that cannot exist.
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
  /// One of the cases of an enumeration.
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
  package static func integer(_ range: ClosedRange<Int>) -> Schema {
    Schema(shape: .integer(range)) { node, context in context.integer(node, in: range) }
  }
}

extension Schema where Value == Double {
  package static func number(_ range: ClosedRange<Double>) -> Schema {
    Schema(shape: .number(range)) { node, context in context.number(node, in: range) }
  }
}

extension Schema where Value == Bool {
  package static var boolean: Schema { Schema(shape: .boolean) { node, context in context.boolean(node) } }
}
