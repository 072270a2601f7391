package import ConfigModel
package import YAMLSyntax

extension DecodingContext {
  /// Reports the fields of an example that documents of the kind do not have, and values of another type.
  ///
  /// An example is a part of a document: nothing is required, and `old` has the same fields again.
  package mutating func check(example node: YAMLNode, of kind: Kind) {
    guard let shape = DocumentSchema.named(kind.rawValue)?.shape else { return }
    for name in ["metadata", "spec"] {
      guard let part = node[name], let field = shape.fields.first(where: { $0.name == name }) else { continue }
      enter(name)
      check(part: part, of: field.shape)
      leave()
    }
    guard let old = node["old"] else { return }
    enter("old")
    check(part: old, of: .object(shape))
    leave()
  }

  private mutating func check(part node: YAMLNode, of shape: Shape) {
    switch shape {
    case .string(let string):
      guard let text = self.string(node), let choices = string.choices?.map(\.value), !choices.contains(text) else {
        return
      }
      report(unknown: text, choices: choices, at: node)
    case .integer(let range): _ = integer(node, in: range)
    case .number(let range): _ = number(node, in: range)
    case .boolean: _ = boolean(node)
    case .list(let element, _): for part in sequence(node) ?? [] { check(part: part, of: element) }
    case .map(_, let value):
      for member in mapping(node) ?? [] {
        enter(member.name)
        check(part: member.value, of: value)
        leave()
      }
    case .object(let object):
      for member in mapping(node) ?? [] {
        guard let field = object.fields.first(where: { $0.name == member.name }) else {
          _ = report(unknownField: member, of: object)
          continue
        }
        enter(member.name)
        check(part: member.value, of: field.shape)
        leave()
      }
    case .anyMapping: _ = mapping(node)
    }
  }
}
