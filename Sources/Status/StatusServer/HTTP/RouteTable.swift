import StatusModel

/// Finds the resource of a path. Literal components take precedence over variables.
struct RouteTable: Sendable {
  private indirect enum Tree: Sendable {
    case node(literals: [String: Tree], variable: Tree?, resource: StatusResource?)

    static let empty = Tree.node(literals: [:], variable: nil, resource: nil)
  }

  private var tree = Tree.empty

  /// Creates the table of all resources.
  init(_ resources: [StatusResource]) {
    for resource in resources { tree = Self.insert(resource, resource.segments[...], into: tree) }
  }

  private static func insert(_ resource: StatusResource, _ rest: ArraySlice<StatusResource.Segment>, into tree: Tree)
    -> Tree
  {
    guard case .node(var literals, var variable, let known) = tree else { return tree }
    guard let first = rest.first else { return .node(literals: literals, variable: variable, resource: resource) }
    switch first {
    case .literal(let text): literals[text] = insert(resource, rest.dropFirst(), into: literals[text] ?? .empty)
    case .variable: variable = insert(resource, rest.dropFirst(), into: variable ?? .empty)
    }
    return .node(literals: literals, variable: variable, resource: known)
  }

  /// Returns the resource of a path with the values of its variables; nil if there is none.
  func find(_ segments: [String]) -> (resource: StatusResource, variables: [String: String])? {
    var tree = tree
    var values: [String] = []
    for segment in segments {
      guard case .node(let literals, let variable, _) = tree else { return nil }
      if let next = literals[segment] {
        tree = next
      } else if let next = variable, !segment.isEmpty {
        tree = next
        values.append(segment)
      } else {
        return nil
      }
    }
    guard case .node(_, _, let resource?) = tree else { return nil }
    return (resource, Dictionary(zip(resource.variables, values)) { first, _ in first })
  }
}
