import ConfigModel
import TextFormats

/// How a value is shown: names, meanings, forms and permissions of its fields. The answer and its schema both come from
/// here, so that they cannot differ.
struct ObjectView<Value>: Sendable {
  fileprivate struct Field: Sendable {
    let property: ObjectSchema.Property
    let read: @Sendable (Value, Sight) -> JSON
  }

  let schema: ObjectSchema
  private let fields: [Field]
  private let org: @Sendable (Value) -> String?

  /// - Parameter org: whose a value is; its fields' permissions must hold there.
  init(
    _ name: String, _ summary: String, org: @escaping @Sendable (Value) -> String?,
    _ describe: (inout Fields) -> Void
  ) {
    var fields = Fields()
    describe(&fields)
    self.fields = fields.fields
    self.org = org
    schema = ObjectSchema(name: name, summary: summary, properties: self.fields.map(\.property))
  }

  func members(_ value: Value, _ sight: Sight) -> JSON.Members {
    let org = org(value)
    // Parts that are nobody's by themselves are of whom they are a part of.
    let sight = org.map { sight.within($0) } ?? sight
    var members = JSON.Members()
    for field in fields {
      let isSeen = field.property.needs.map { sight.allows($0, in: org) } ?? true
      members.append(field.property.name, isSeen ? field.read(value, sight) : .null)
    }
    return members
  }

  func json(_ value: Value, _ sight: Sight) -> JSON { .object(members(value, sight)) }

  /// Collects fields, one statement each.
  struct Fields {
    fileprivate var fields: [Field] = []

    mutating func add(
      _ name: String, _ schema: ValueSchema, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, Sight) -> JSON
    ) {
      var schema = schema
      if needs != nil, !schema.isNullable { schema = .nullable(schema) }
      fields.append(
        Field(
          property: ObjectSchema.Property(name: name, summary: summary, schema: schema, needs: needs), read: read))
    }

    mutating func text(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String
    ) {
      add(name, .text, summary, needs: needs) { value, _ in .string(read(value)) }
    }

    mutating func optionalText(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String?
    ) {
      add(name, .nullable(.text), summary, needs: needs) { value, _ in JSON(read(value)) }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Choice
    ) {
      add(name, .choice(Choice.allCases.map(\.rawValue)), summary, needs: needs) { value, _ in
        .string(read(value).rawValue)
      }
    }

    mutating func integer(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Int
    ) {
      add(name, .integer, summary, needs: needs) { value, _ in .integer(read(value)) }
    }

    mutating func optionalInteger(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Int?
    ) {
      add(name, .nullable(.integer), summary, needs: needs) { value, _ in read(value).map { .integer($0) } ?? .null }
    }

    /// Rounded to three digits behind the point.
    mutating func number(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Double?
    ) {
      add(name, .nullable(.number), summary, needs: needs) { value, _ in JSON(rounding: read(value)) }
    }

    mutating func boolean(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Bool
    ) {
      add(name, .boolean, summary, needs: needs) { value, _ in .bool(read(value)) }
    }

    /// - Parameter read: seconds since 1970.
    mutating func time(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Double?
    ) {
      add(name, .nullable(.time), summary, needs: needs) { value, _ in JSON(time: read(value)) }
    }

    mutating func texts(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> [String]
    ) {
      add(name, .list(.text), summary, needs: needs) { value, _ in .array(read(value).map { .string($0) }) }
    }

    mutating func object<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, Sight) -> Part
    ) {
      add(name, .object(view.schema), summary, needs: needs) { value, sight in view.json(read(value, sight), sight) }
    }

    mutating func optionalObject<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, Sight) -> Part?
    ) {
      add(name, .nullable(.object(view.schema)), summary, needs: needs) { value, sight in
        read(value, sight).map { view.json($0, sight) } ?? .null
      }
    }

    mutating func objects<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, Sight) -> [Part]
    ) {
      add(name, .list(.object(view.schema)), summary, needs: needs) { value, sight in
        .array(read(value, sight).map { view.json($0, sight) })
      }
    }

    /// All fields of another view of a part of the value.
    mutating func include<Part>(_ view: ObjectView<Part>, _ read: @escaping @Sendable (Value) -> Part) {
      for field in view.fields {
        fields.append(Field(property: field.property) { value, sight in field.read(read(value), sight) })
      }
    }
  }
}

extension ValueSchema {
  var isNullable: Bool {
    if case .nullable = self { return true }
    return false
  }
}

extension JSON {
  init(_ text: String?) { self = text.map { .string($0) } ?? .null }

  /// With at most three digits behind the point.
  init(rounding value: Double?) {
    guard let value, value.isFinite else {
      self = .null
      return
    }
    let rounded = (value * 1_000).rounded() / 1_000
    self = rounded == rounded.rounded() && abs(rounded) < 9e15 ? .integer(Int(rounded)) : .number(rounded)
  }

  /// - Parameter seconds: since 1970; only the years 0 to 9999 can be written.
  init(time seconds: Double?) {
    guard let seconds, seconds.isFinite, abs(seconds) < 200_000_000_000 else {
      self = .null
      return
    }
    self = .string(Timestamp(unixSeconds: Int64(seconds)).description)
  }
}
