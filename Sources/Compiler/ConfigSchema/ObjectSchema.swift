import YAMLSyntax

/// One field of an object: what it looks like, and where its value goes.
package struct Field<Root: Sendable>: Sendable {
  package let shape: FieldShape
  let decode: @Sendable (YAMLNode, inout DecodingContext, inout Root) -> Bool

  /// A field that must be there.
  package static func required<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ schema: Schema<Value>, _ summary: String,
    examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: true, defaultText: nil, examples) { $0[keyPath: path] = $1 }
  }

  /// A field that must be there although the model's value may be absent for other reasons.
  package static func required<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ schema: Schema<Value>, _ summary: String,
    examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: true, defaultText: nil, examples) { $0[keyPath: path] = $1 }
  }

  /// A field whose absence means the model's initial value.
  package static func defaulted<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ schema: Schema<Value>, _ summary: String,
    default defaultText: String? = nil, examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: false, defaultText: defaultText, examples) { $0[keyPath: path] = $1 }
  }

  /// A field whose absence is a value of its own.
  package static func optional<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ schema: Schema<Value>, _ summary: String,
    examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: false, defaultText: nil, examples) { $0[keyPath: path] = $1 }
  }

  private init<Value>(
    _ name: String, _ schema: Schema<Value>, _ summary: String, isRequired: Bool, defaultText: String?,
    _ examples: [String], assign: @escaping @Sendable (inout Root, Value) -> Void
  ) {
    shape = FieldShape(
      name: name, summary: summary, shape: schema.shape, isRequired: isRequired, defaultText: defaultText,
      examples: examples)
    decode = { node, context, root in
      guard let value = schema.decode(node, &context) else { return false }
      assign(&root, value)
      return true
    }
  }
}

extension Schema {
  /// A mapping with these fields and no others, decoded into a copy of `initial`.
  package static func object(
    _ name: String, _ initial: Value, _ summary: String, alternatives: [Alternatives] = [], fields: [Field<Value>]
  ) -> Schema {
    let shape = ObjectShape(name: name, summary: summary, fields: fields.map(\.shape), alternatives: alternatives)
    return Schema(shape: .object(shape)) { node, context in
      guard let members = context.mapping(node) else { return nil }
      var value = initial
      var isSound = true
      // A bit per field: objects have far fewer than 64.
      var seen: UInt64 = 0
      for member in members {
        guard let index = fields.firstIndex(where: { $0.shape.name == member.name }) else {
          // A slip for a required field is one fault, not two.
          if let meant = context.report(unknownField: member, of: shape),
            let index = fields.firstIndex(where: { $0.shape.name == meant })
          {
            seen |= 1 << UInt64(index)
          }
          isSound = false
          continue
        }
        seen |= 1 << UInt64(index)
        context.enter(member.name)
        if !fields[index].decode(member.value, &context, &value) { isSound = false }
        context.leave()
      }
      for (index, field) in fields.enumerated() where field.shape.isRequired && seen & 1 << UInt64(index) == 0 {
        context.report(missing: field.shape, of: shape, in: node)
        isSound = false
      }
      if !context.check(alternatives, of: shape, members: members, in: node) { isSound = false }
      return isSound ? value : nil
    }
  }
}
