import ConfigModel
import TextFormats

/// View of a value: names, meanings, types and permissions of its fields.
///
/// Both the response and its schema are derived from it, so they cannot diverge.
struct ObjectView<Value>: Sendable {
  fileprivate struct Field: Sendable {
    let property: ObjectSchema.Property
    let read: @Sendable (Value, VisibleSnapshot) -> JSON
  }

  /// Schema of the object.
  let schema: ObjectSchema
  private let fields: [Field]
  private let org: @Sendable (Value) -> String?

  /// Creates a view.
  ///
  /// - Parameters:
  ///   - name: name of the schema.
  ///   - summary: description of the object.
  ///   - org: organization that owns a value, in which the viewer needs the fields' permissions.
  ///   - describe: adds the fields.
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

  /// Returns the members of a value's object. Fields that the viewer may not see are null.
  func members(_ value: Value, _ sight: VisibleSnapshot) -> JSON.Members {
    let org = org(value)
    // Parts without an owner belong to the owner of the enclosing object.
    let sight = org.map { sight.within($0) } ?? sight
    var members = JSON.Members()
    for field in fields {
      let isSeen = field.property.needs.map { sight.allows($0, in: org) } ?? true
      members.append(field.property.name, isSeen ? field.read(value, sight) : .null)
    }
    return members
  }

  /// Returns a value as a JSON object.
  func json(_ value: Value, _ sight: VisibleSnapshot) -> JSON { .object(members(value, sight)) }

  /// Collects the fields of a view, one statement each.
  struct Fields {
    fileprivate var fields: [Field] = []

    /// Adds a field of any type. With a permission, the field is nullable.
    mutating func add(
      _ name: String, _ schema: ValueSchema, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, VisibleSnapshot) -> JSON
    ) {
      var schema = schema
      if needs != nil, !schema.isNullable { schema = .nullable(schema) }
      fields.append(
        Field(
          property: ObjectSchema.Property(name: name, summary: summary, schema: schema, needs: needs), read: read))
    }

    /// Adds a text.
    mutating func text(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String
    ) {
      add(name, .text, summary, needs: needs) { value, _ in .string(read(value)) }
    }

    /// Adds a text that may be null.
    mutating func optionalText(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> String?
    ) {
      add(name, .nullable(.text), summary, needs: needs) { value, _ in JSON(read(value)) }
    }

    /// Adds one of an enumeration's raw values.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Choice
    ) {
      add(name, .choice(Choice.allCases.map(\.rawValue)), summary, needs: needs) { value, _ in
        .string(read(value).rawValue)
      }
    }

    /// Adds an integer.
    mutating func integer(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Int
    ) {
      add(name, .integer, summary, needs: needs) { value, _ in .integer(read(value)) }
    }

    /// Adds an integer that may be null.
    mutating func optionalInteger(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Int?
    ) {
      add(name, .nullable(.integer), summary, needs: needs) { value, _ in read(value).map { .integer($0) } ?? .null }
    }

    /// Adds a number that may be null, rounded to three decimals.
    mutating func number(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Double?
    ) {
      add(name, .nullable(.number), summary, needs: needs) { value, _ in JSON(rounding: read(value)) }
    }

    /// Adds a boolean.
    mutating func boolean(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Bool
    ) {
      add(name, .boolean, summary, needs: needs) { value, _ in .bool(read(value)) }
    }

    /// Adds a time that may be null.
    ///
    /// - Parameter read: returns the time in seconds since 1970.
    mutating func time(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> Double?
    ) {
      add(name, .nullable(.time), summary, needs: needs) { value, _ in JSON(time: read(value)) }
    }

    /// Adds a list of texts.
    mutating func texts(
      _ name: String, _ summary: String, needs: Permission? = nil, _ read: @escaping @Sendable (Value) -> [String]
    ) {
      add(name, .list(.text), summary, needs: needs) { value, _ in .array(read(value).map { .string($0) }) }
    }

    /// Adds an object with a view of its own.
    mutating func object<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, VisibleSnapshot) -> Part
    ) {
      add(name, .object(view.schema), summary, needs: needs) { value, sight in view.json(read(value, sight), sight) }
    }

    /// Adds an object that may be null.
    mutating func optionalObject<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, VisibleSnapshot) -> Part?
    ) {
      add(name, .nullable(.object(view.schema)), summary, needs: needs) { value, sight in
        read(value, sight).map { view.json($0, sight) } ?? .null
      }
    }

    /// Adds a list of objects.
    mutating func objects<Part>(
      _ name: String, _ view: ObjectView<Part>, _ summary: String, needs: Permission? = nil,
      _ read: @escaping @Sendable (Value, VisibleSnapshot) -> [Part]
    ) {
      add(name, .list(.object(view.schema)), summary, needs: needs) { value, sight in
        .array(read(value, sight).map { view.json($0, sight) })
      }
    }

    /// Adds all fields of the view of a part.
    mutating func include<Part>(_ view: ObjectView<Part>, _ read: @escaping @Sendable (Value) -> Part) {
      for field in view.fields {
        fields.append(Field(property: field.property) { value, sight in field.read(read(value), sight) })
      }
    }
  }
}

extension ValueSchema {
  /// Whether null is a valid value.
  var isNullable: Bool {
    if case .nullable = self { return true }
    return false
  }
}

extension JSON {
  /// Creates a string, or null if the text is nil.
  init(_ text: String?) { self = text.map { .string($0) } ?? .null }

  /// Creates a number rounded to three decimals, or null if it is nil or not finite.
  init(rounding value: Double?) {
    guard let value, value.isFinite else {
      self = .null
      return
    }
    let rounded = (value * 1_000).rounded() / 1_000
    self = rounded == rounded.rounded() && abs(rounded) < 9e15 ? .integer(Int(rounded)) : .number(rounded)
  }

  /// Creates an RFC 3339 time.
  ///
  /// - Parameter seconds: seconds since 1970; null if outside the range that can be represented.
  init(time seconds: Double?) {
    guard let seconds, seconds.isFinite, abs(seconds) < 200_000_000_000 else {
      self = .null
      return
    }
    self = .string(Timestamp(unixSeconds: Int64(seconds)).description)
  }
}
