import ConfigCompiler
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

/// One side's document with its YAML tree.
struct Side {
  let document: SourceDocument
  let root: YAMLNode?
}

/// A field-by-field comparison of two documents.
struct FieldComparison {
  let shape: ObjectShape?
  let base: Side?
  let head: Side?
  /// The head's file from which the document was removed; nil if the head has no such file.
  let goneFrom: SourceLocation?
  private var fields: [FieldChange] = []

  init(shape: ObjectShape?, base: Side?, head: Side?, goneFrom: SourceLocation?) {
    self.shape = shape
    self.base = base
    self.head = head
    self.goneFrom = goneFrom
  }

  /// The document's position to report.
  var location: SourceLocation { head.map { Self.location($0, \.headRange) } ?? goneFrom ?? place(base) }

  /// Returns the differences; the whole document if its meaning changed but no field shows how.
  mutating func run() -> [FieldChange] {
    compare(base?.root, head?.root, shape.map(Shape.object), Position(enclosing: head?.root?.headRange))
    if fields.isEmpty {
      fields = [
        FieldChange(
          path: [], old: base?.root.map(JSON.init), new: head?.root.map(JSON.init), base: base.map { place($0) },
          head: head.map { place($0) }, location: location)
      ]
    }
    return fields
  }

  /// The location of a value during the traversal.
  private struct Position {
    var path: [FieldPath.Element] = []
    /// Ranges of the member's name on either side, reported if the value is not a scalar.
    var baseName: SourceRange?
    var headName: SourceRange?
    /// Range of the nearest enclosing element in the head.
    var enclosing: SourceRange?

    func entering(
      _ element: FieldPath.Element, base: SourceRange?, head: SourceRange?
    ) -> Position {
      Position(path: path + [element], baseName: base, headName: head, enclosing: head ?? enclosing)
    }
  }

  private mutating func compare(_ old: YAMLNode?, _ new: YAMLNode?, _ shape: Shape?, _ position: Position) {
    if let members = Self.members(old, new) {
      compare(old?.mapping ?? [], new?.mapping ?? [], shape, position, names: members)
    } else if let (left, right) = Self.objects(old, new) {
      compare(left, right, shape, position)
    } else {
      compareValues(old, new, position)
    }
  }

  /// Returns the names of the members if each side is a mapping or absent.
  private static func members(_ old: YAMLNode?, _ new: YAMLNode?) -> [String]? {
    let sides = [new, old].compactMap { $0 }
    guard sides.allSatisfy({ $0.mapping != nil }) else { return nil }
    var seen: Set<String> = []
    let names = sides.flatMap { $0.mapping ?? [] }.map(\.name).filter { seen.insert($0).inserted }
    return names.isEmpty ? nil : names
  }

  private mutating func compare(
    _ old: [YAMLMember], _ new: [YAMLMember], _ shape: Shape?, _ position: Position, names: [String]
  ) {
    let before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    let after = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
    for name in names {
      let (left, right) = (before[name], after[name])
      let field = Self.field(name, of: shape)
      if left == nil || right == nil, let value = (right ?? left)?.value, let field, value.isDefault(of: field) {
        continue
      }
      compare(
        left?.value, right?.value, field?.shape ?? Self.element(of: shape),
        position.entering(.field(name), base: left?.nameRange, head: right?.nameRange))
    }
  }

  /// Returns both sides' elements if they are lists and consist of objects.
  private static func objects(_ old: YAMLNode?, _ new: YAMLNode?) -> ([YAMLNode], [YAMLNode])? {
    let sides = [old, new].compactMap { $0 }
    guard sides.allSatisfy({ $0.sequence != nil }) else { return nil }
    let (left, right) = (old?.sequence ?? [], new?.sequence ?? [])
    guard !(left + right).isEmpty, (left + right).allSatisfy({ $0.mapping?.isEmpty == false }) else { return nil }
    return (left, right)
  }

  private mutating func compare(_ old: [YAMLNode], _ new: [YAMLNode], _ shape: Shape?, _ position: Position) {
    let shape = Self.element(of: shape)
    let names = Names(old, new)
    for (index, node) in new.enumerated() {
      let partner = names.partner(ofHead: index).flatMap { old.indices.contains($0) ? old[$0] : nil }
      compare(
        partner, node, shape, position.entering(.index(index), base: partner?.headRange, head: node.headRange))
    }
    for (index, node) in old.enumerated() where !names.isTaken(base: index, headCount: new.count) {
      compare(node, nil, shape, position.entering(.index(index), base: node.headRange, head: nil))
    }
  }

  private mutating func compareValues(_ old: YAMLNode?, _ new: YAMLNode?, _ position: Position) {
    let (before, after) = (old.map(JSON.init), new.map(JSON.init))
    guard before != after else { return }
    let newPlace = new.flatMap { node in
      head.map {
        SourceLocation(
          path: $0.document.path, range: node.scalar == nil ? position.headName ?? node.headRange : node.range)
      }
    }
    let oldPlace = old.flatMap { node in
      base.map {
        SourceLocation(
          path: $0.document.path, range: node.scalar == nil ? position.baseName ?? node.headRange : node.range)
      }
    }
    let around = head.map { SourceLocation(path: $0.document.path, range: position.enclosing ?? .fileStart) }
    fields.append(
      FieldChange(
        path: FieldPath(position.path), old: before, new: after, base: oldPlace, head: newPlace,
        location: newPlace ?? around ?? goneFrom ?? oldPlace ?? location))
  }

  // MARK: - Shapes and places

  private static func field(_ name: String, of shape: Shape?) -> FieldShape? {
    guard case .object(let object) = shape else { return nil }
    return object.fields.first { $0.name == name }
  }

  private static func element(of shape: Shape?) -> Shape? {
    switch shape {
    case .list(let element, _): element
    case .map(_, let value): value
    default: nil
    }
  }

  private func place(_ side: Side?) -> SourceLocation {
    guard let side else { return SourceLocation(path: "", range: .fileStart) }
    return Self.location(side, \.headRange)
  }

  private static func location(_ side: Side, _ range: (YAMLNode) -> SourceRange) -> SourceLocation {
    SourceLocation(path: side.document.path, range: side.root.map(range) ?? .fileStart)
  }
}

/// A matching of the elements of two lists of objects: by `name` if all names are distinct, otherwise by position.
private struct Names {
  private var baseByHead: [Int: Int] = [:]
  private let isByName: Bool
  private let taken: Set<Int>

  init(_ old: [YAMLNode], _ new: [YAMLNode]) {
    func names(_ nodes: [YAMLNode]) -> [String: Int]? {
      let names = nodes.compactMap { $0["name"]?.scalar?.text }
      guard names.count == nodes.count, Set(names).count == names.count else { return nil }
      return Dictionary(uniqueKeysWithValues: zip(names, nodes.indices))
    }
    guard let before = names(old), let after = names(new) else {
      isByName = false
      taken = []
      return
    }
    for (name, index) in after { baseByHead[index] = before[name] }
    isByName = true
    taken = Set(baseByHead.values)
  }

  /// Returns the index of the base's element that matches an element of the head.
  func partner(ofHead index: Int) -> Int? { isByName ? baseByHead[index] : index }

  /// Whether an element of the base matches one of the head.
  func isTaken(base index: Int, headCount: Int) -> Bool { isByName ? taken.contains(index) : index < headCount }
}
