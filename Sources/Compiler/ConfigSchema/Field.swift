import YAMLSyntax

/// One field of an object: its description, and the decoder that stores its value.
package struct Field<Root: Sendable>: Sendable {
  /// Description of the field.
  package let shape: FieldShape
  /// Decodes the value into the object; false after reporting why not.
  let decode: @Sendable (YAMLNode, inout DecodingContext, inout Root) -> Bool

  /// Returns a field that must be present.
  package static func required<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ schema: Schema<Value>, _ summary: String,
    examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: true, defaultText: nil, examples) { $0[keyPath: path] = $1 }
  }

  /// Returns a field that must be present, although the model's property is optional for other reasons.
  package static func required<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ schema: Schema<Value>, _ summary: String,
    examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: true, defaultText: nil, examples) { $0[keyPath: path] = $1 }
  }

  /// Returns a field whose absence means the model's initial value.
  ///
  /// - Parameters:
  ///   - name: Name of the field.
  ///   - path: Property that receives the value.
  ///   - schema: Schema of the value.
  ///   - summary: Description, as a phrase.
  ///   - defaultText: The default as documentation shows it; nil to show none.
  ///   - examples: Values as they are written in YAML.
  package static func defaulted<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ schema: Schema<Value>, _ summary: String,
    default defaultText: String? = nil, examples: String...
  ) -> Field {
    Field(name, schema, summary, isRequired: false, defaultText: defaultText, examples) { $0[keyPath: path] = $1 }
  }

  /// Returns a field whose absence is meaningful: the property stays nil.
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
  /// Returns the schema of a mapping with these fields and no others, decoded into a copy of `initial`.
  ///
  /// - Parameters:
  ///   - name: Path by which the reference and messages name the object, such as `Relay.spec`.
  ///   - initial: Value with the defaults of all fields.
  ///   - summary: Description, as a sentence.
  ///   - alternatives: Groups of fields of which only some combinations are permitted.
  ///   - fields: Fields in the order of the reference.
  package static func object(
    _ name: String, _ initial: Value, _ summary: String, alternatives: [Alternatives] = [], fields: [Field<Value>]
  ) -> Schema {
    let shape = ObjectShape(name: name, summary: summary, fields: fields.map(\.shape), alternatives: alternatives)
    return Schema(shape: .object(shape)) { node, context in
      guard let members = context.mapping(node) else { return nil }
      var value = initial
      var isSound = true
      // One bit per field: objects have far fewer than 64.
      var seen: UInt64 = 0
      for member in members {
        guard let index = fields.firstIndex(where: { $0.shape.name == member.name }) else {
          // A misspelt required field is one fault, not two.
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
