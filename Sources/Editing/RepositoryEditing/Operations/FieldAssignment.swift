package import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

/// A command-line assignment, parsed with the schema: `FIELD=VALUE`, `FIELD+=ELEMENTS`, `FIELD-=ELEMENTS` or `FIELD=`.
package struct FieldAssignment: Sendable {
  private enum Operator: String, CaseIterable { case add = "+=", take = "-=", set = "=" }

  /// The change that the assignment makes.
  package let change: DocumentChange

  /// Parses an assignment.
  ///
  /// - Parameters:
  ///   - text: the assignment. Fields without the prefix `spec.` or `metadata.` belong to the spec; `labels.` and
  ///     `annotations.` belong to the metadata.
  ///   - kind: the kind of the document to change.
  /// - Throws: `EditError` that lists the valid fields or values.
  package init(_ text: String, for kind: Kind) throws(EditError) {
    guard let sign = text.firstIndex(of: "=") else {
      throw EditError(.invalidValue, "`\(text)` is not an assignment: write FIELD=VALUE, such as `bandwidthMbps=500`")
    }
    var name = text[..<sign]
    let value = String(text[text.index(after: sign)...])
    var kindOfChange = Operator.set
    if let last = name.last, last == "+" || last == "-" {
      kindOfChange = last == "+" ? .add : .take
      name = name.dropLast()
    }
    let path = Self.path(String(name), of: kind)
    let shape = try Self.shape(at: path, of: kind)
    switch (kindOfChange, shape) {
    case (.add, .list(let element, _)): change = .add(try Self.elements(value, element, path), to: path)
    case (.take, .list(let element, _)): change = .take(try Self.elements(value, element, path), from: path)
    case (.add, _), (.take, _):
      throw EditError(.invalidValue, "`\(name)` is not a list: write `\(name)=\(value)`")
    case (.set, _):
      change = value.isEmpty ? .remove(path) : .set(path, try Self.value(value, shape, path))
    }
  }

  private static func path(_ name: String, of kind: Kind) -> [String] {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let path: [String]
    switch parts.first {
    case "spec", "metadata": path = parts
    case "labels", "annotations": path = ["metadata"] + parts
    default: path = ["spec"] + parts
    }
    // A label's key may contain dots.
    guard path.count > 3 else { return path }
    switch path.prefix(2) {
    case ["metadata", "labels"], ["metadata", "annotations"]:
      return Array(path.prefix(2)) + [path.dropFirst(2).joined(separator: ".")]
    default:
      guard let maps = path.firstIndex(of: "matchLabels") ?? path.firstIndex(of: "nodeSelector"), maps + 2 < path.count
      else { return path }
      return Array(path[...maps]) + [path[(maps + 1)...].joined(separator: ".")]
    }
  }

  private static func shape(at path: [String], of kind: Kind) throws(EditError) -> Shape {
    if path == ["metadata", "name"] || path == ["metadata", "org"] {
      throw EditError(.invalidValue, "other documents refer to a name, so it cannot be changed in place")
    }
    guard let document = DocumentSchema.named(kind.rawValue)?.shape else {
      throw EditError(.invalidValue, "there is no kind `\(kind.rawValue)`")
    }
    var shape = Shape.object(document)
    for (depth, name) in path.enumerated() {
      switch shape {
      case .object(let object):
        guard let field = object.fields.first(where: { $0.name == name }) else {
          let names = object.fields.map(\.name)
          let place = ([kind.rawValue] + path[..<depth]).joined(separator: ".")
          let meant = Spelling.nearest(to: name, among: names).map { ": did you mean `\($0)`?" }
          throw EditError(
            .invalidValue,
            "\(place) has no field `\(name)`" + (meant ?? "; it has \(names.joined(separator: ", "))"))
        }
        shape = field.shape
      case .map(let key, let value):
        guard key.matches(name.utf8) else {
          throw EditError(.invalidValue, "`\(name)` is not \(key.description)")
        }
        shape = value
      default:
        throw EditError(.invalidValue, "`\(path[..<depth].joined(separator: "."))` has no fields")
      }
    }
    return shape
  }

  /// Parses structured elements in YAML's flow style: `[a, b], [a, c]` or `{ name: x, email: y }`. A single list needs
  /// no brackets.
  private static func structured(_ text: String, _ shape: Shape, _ path: [String]) throws(EditError) -> [JSON] {
    let elements = list("[\(text)]") ?? []
    let isList = if case .list = shape { true } else { false }
    if isList, !elements.isEmpty, elements.allSatisfy({ !$0.hasParts }) { return [.array(elements)] }
    guard !elements.isEmpty, elements.allSatisfy({ isList ? $0.elements != nil : $0.isObject }) else {
      let name = path.joined(separator: ".")
      let example =
        isList ? "[a, b], [a, c]" : "{ \(fieldNames(shape).prefix(2).map { "\($0): …" }.joined(separator: ", ")) }"
      throw EditError(.invalidValue, "`\(name)` accepts elements such as `\(name)+=\(example)`")
    }
    return elements
  }

  private static func fieldNames(_ shape: Shape) -> [String] {
    if case .object(let object) = shape { object.fields.map(\.name) } else { ["name"] }
  }

  private static func elements(_ text: String, _ shape: Shape, _ path: [String]) throws(EditError) -> [JSON] {
    switch shape {
    case .list, .map, .object, .anyMapping: return try structured(text, shape, path)
    case .string, .integer, .number, .boolean: break
    }
    var elements: [JSON] = []
    for part in text.split(separator: ",") {
      elements.append(try value(String(part.drop { $0 == " " }), shape, path))
    }
    guard !elements.isEmpty else {
      throw EditError(.invalidValue, "`\(path.joined(separator: "."))` accepts elements separated by commas")
    }
    return elements
  }

  /// Returns the elements of a YAML flow list; nil if the text is not one.
  private static func list(_ text: String) -> [JSON]? {
    let parse = YAMLParser.parse(SourceFile(path: "", text: text + "\n"))
    guard parse.diagnostics.isEmpty, parse.documents.count == 1 else { return nil }
    return parse.documents.first?.root.sequence?.map(\.value)
  }

  private static func value(_ text: String, _ shape: Shape, _ path: [String]) throws(EditError) -> JSON {
    let name = path.joined(separator: ".")
    func refused(_ what: String) -> EditError { EditError(.invalidValue, "`\(name)` accepts \(what), not `\(text)`") }
    switch shape {
    case .integer(let range):
      guard let value = Int(text), range.contains(value) else {
        throw refused("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return .integer(value)
    case .number(let range):
      guard let value = Double(text), range.contains(value) else {
        throw refused("a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return Int(text).map { .integer($0) } ?? .number(value)
    case .boolean:
      guard text == "true" || text == "false" else { throw refused("true or false") }
      return .bool(text == "true")
    case .string(let string):
      if let choices = string.choices, !choices.contains(where: { $0.value == text }) {
        throw refused(choices.map { "`\($0.value)`" }.joined(separator: " or "))
      }
      guard string.format?.matches(text.utf8) ?? true, string.length.contains(text.unicodeScalars.count) else {
        throw refused(string.format?.description ?? "at most \(string.length.upperBound) characters")
      }
      return .string(text)
    case .list(let element, _):
      // The list's own brackets are optional.
      if text.hasPrefix("["), let all = list(text), all.allSatisfy({ element.hasParts == $0.hasParts }) {
        return .array(all)
      }
      return .array(try elements(text, element, path))
    case .map, .object, .anyMapping:
      throw EditError(.invalidValue, "`\(name)` has fields of its own: set one of them, `\(name).FIELD=VALUE`")
    }
  }
}

extension Shape {
  fileprivate var hasParts: Bool {
    switch self {
    case .list, .map, .object, .anyMapping: true
    case .string, .integer, .number, .boolean: false
    }
  }
}

extension JSON {
  fileprivate var isObject: Bool { if case .object = self { true } else { false } }
}
