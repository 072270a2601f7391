import ConfigSchema

/// Reads of fields that a document need not have.
///
/// Such a read has no value in a document without the field, so the expression must ask `has` somewhere. That is not proof
/// that the question comes first, but a rule that never asks was certainly not meant for such documents.
struct OptionalReads {
  /// A field by its root, which is a part of the document or a variable, and the names from there.
  private struct Path: Hashable {
    let root: String
    var names: [String] = []
  }

  /// A field that is read, and one that it needs and the document can lack.
  private struct Read {
    let path: Path
    let expression: Expression
  }

  private var reads: [Read] = []
  private var questions: Set<Path> = []
  private let shape: ObjectShape?
  private var scope: [(name: String, root: String, shape: Shape?)] = []
  private var variableCount = 0

  static func unguarded(in expression: Expression, shape: ObjectShape?) -> [ExpressionFault] {
    var finder = OptionalReads(shape: shape)
    finder.visit(expression)
    var reported: Set<Path> = []
    return finder.reads.compactMap { read in
      guard !finder.questions.contains(read.path), reported.insert(read.path).inserted else { return nil }
      let name = read.expression.description
      if case .name("old") = read.expression.content {
        return ExpressionFault(
          "`old` is null for a new document", read.expression.range,
          help: "ask first: `old == null || …`, or `old != null && …`")
      }
      return ExpressionFault(
        "a document can be without `\(name)`", read.expression.range,
        help: "ask first: `!has(\(name)) || …`, or `has(\(name)) && …`")
    }
  }

  private init(shape: ObjectShape?) { self.shape = shape }

  private mutating func visit(_ expression: Expression) {
    switch expression.content {
    case .field, .index:
      if let path = path(of: expression) { read(path, expression) }
      if case .index(let operand, let index) = expression.content {
        if path(of: expression) == nil { visit(operand) }
        visit(index)
      } else if case .field(let operand, _) = expression.content, path(of: expression) == nil {
        visit(operand)
      }
    case .name:
      if let path = path(of: expression), path.root != "old" { read(path, expression) }
    case .has(let field):
      // A field has a value only if everything on the way to it has one.
      if var path = path(of: field) {
        questions.insert(path)
        while !path.names.isEmpty {
          path.names.removeLast()
          questions.insert(path)
        }
      } else if case .field(let operand, _) = field.content {
        visit(operand)
      }
    case .binary(let operation, let left, let right):
      if operation == .equal || operation == .notEqual {
        for (side, other) in [(left, right), (right, left)] {
          if case .name("old") = side.content, case .null = other.content { questions.insert(Path(root: "old")) }
        }
      }
      if operation == .isIn, case .text(let name) = left.content, var path = path(of: right) {
        path.names.append(name)
        questions.insert(path)
      }
      visit(left)
      visit(right)
    case .macro(_, let range, let variable, let body):
      visit(range)
      variableCount += 1
      var element: Shape?
      if case .list(let shape, _) = shapeOf(range) { element = shape }
      scope.append((variable, "\(variable)#\(variableCount)", element))
      visit(body)
      scope.removeLast()
    default:
      for operand in expression.operands { visit(operand) }
    }
  }

  /// Records the fields on the way to a value that the document can lack.
  private mutating func read(_ path: Path, _ expression: Expression) {
    switch expression.content {
    case .name:
      if path.root == "old" { reads.append(Read(path: path, expression: expression)) }
    case .field(let operand, let name):
      read(parent(of: path), operand)
      if canLack(name, operand) { reads.append(Read(path: path, expression: expression)) }
    case .index(let operand, let index):
      read(parent(of: path), operand)
      if case .text(let name) = index.content, canLack(name, operand) {
        reads.append(Read(path: path, expression: expression))
      }
    default: break
    }
  }

  private func parent(of path: Path) -> Path { Path(root: path.root, names: path.names.dropLast()) }

  private func canLack(_ name: String, _ operand: Expression) -> Bool {
    switch shapeOf(operand) {
    case .object(let object): !(object.fields.first { $0.name == name }?.isRequired ?? true)
    case .map: true
    default: false
    }
  }

  private func path(of expression: Expression) -> Path? {
    switch expression.content {
    case .name(let name): return Path(root: scope.last { $0.name == name }?.root ?? name)
    case .field(let operand, let name):
      guard var path = path(of: operand) else { return nil }
      path.names.append(name)
      return path
    case .index(let operand, let index):
      guard case .text(let name) = index.content, var path = path(of: operand) else { return nil }
      path.names.append(name)
      return path
    default: return nil
    }
  }

  private func shapeOf(_ expression: Expression) -> Shape? {
    switch expression.content {
    case .name(let name):
      if let variable = scope.last(where: { $0.name == name }) { return variable.shape }
      if name == "old" { return shape.map { .object($0) } }
      return shape?.fields.first { $0.name == name }?.shape
    case .field(let operand, let name):
      switch shapeOf(operand) {
      case .object(let object): return object.fields.first { $0.name == name }?.shape
      case .map(_, let value): return value
      default: return nil
      }
    case .index(let operand, let index):
      switch shapeOf(operand) {
      case .list(let element, _): return element
      case .map(_, let value): return value
      case .object(let object):
        guard case .text(let name) = index.content else { return nil }
        return object.fields.first { $0.name == name }?.shape
      default: return nil
      }
    case .macro(.filter, let range, _, _): return shapeOf(range)
    default: return nil
    }
  }
}
