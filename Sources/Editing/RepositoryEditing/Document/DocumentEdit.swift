package import ConfigSchema
package import Diagnostics
package import TextFormats
import YAMLSyntax

/// An editor for the values of one document in a file that leaves all other bytes unchanged.
///
/// Each step replaces as few bytes as possible and parses the result. It is discarded unless the document then has
/// exactly the intended value and the file's other documents are unchanged.
package struct DocumentEdit: Sendable {
  /// The file with all changes so far.
  package private(set) var file: SourceFile
  /// The document's index among the file's non-empty documents.
  package let index: Int
  /// The document's schema, which determines the order of new fields; nil to append them.
  let shape: ObjectShape?
  private(set) var lines: TextLines
  private var documents: [YAMLDocument]

  /// Parses a file for editing.
  ///
  /// - Throws: `EditError` if the file has syntax errors or no such document.
  package init(_ file: SourceFile, document index: Int, shape: ObjectShape? = nil) throws(EditError) {
    let parse = YAMLParser.parse(file)
    guard !parse.diagnostics.contains(where: { $0.severity == .error }) else {
      throw EditError(.unsafeText, "`\(file.path)` has syntax errors: correct them first; `wpex validate` shows them")
    }
    guard parse.documents.indices.contains(index) else {
      throw EditError(.notFound, "`\(file.path)` has no document \(index + 1)")
    }
    self.file = file
    self.index = index
    self.shape = shape
    lines = TextLines(file.bytes)
    documents = parse.documents
  }

  /// The document's value.
  package var value: JSON { root.value }

  var root: YAMLNode { documents[index].root }

  /// Applies a change.
  ///
  /// - Throws: `EditError` if the change would affect other parts of the file, which is then unchanged.
  package mutating func apply(_ change: DocumentChange) throws(EditError) {
    var copy = self
    switch change {
    case .set(let path, let value): try copy.set(path, value)
    case .remove(let path): try copy.remove(path)
    case .add(let elements, let path): try copy.add(elements, to: path)
    case .take(let elements, let path): try copy.take(elements, from: path)
    }
    self = copy
  }

  // MARK: - Steps

  private mutating func set(_ path: [String], _ value: JSON) throws(EditError) {
    guard let found = find(path) else { return try insert(path, value) }
    let old = found.node.value
    if old.canonical == value.canonical { return }
    switch (old, value) {
    case (.object(let members), .object(let wanted)) where !wanted.isEmpty:
      for pair in wanted.pairs { try set(path + [pair.name], pair.value) }
      for pair in members.pairs where wanted[pair.name] == nil { try removeMember(path + [pair.name]) }
    case (.array(let elements), .array(let wanted)) where Self.areDistinct(elements) && !wanted.isEmpty:
      let kept = elements.filter(wanted.contains)
      guard Array(wanted.prefix(kept.count)) == kept, Self.areDistinct(wanted), !kept.isEmpty else {
        return try replace(path, value)
      }
      try takeEach(elements.filter { !wanted.contains($0) }, from: path)
      try add(Array(wanted.dropFirst(kept.count)), to: path)
    default: try replace(path, value)
    }
  }

  private static func areDistinct(_ elements: [JSON]) -> Bool {
    elements.allSatisfy { element in !element.hasParts && elements.count { $0 == element } == 1 }
  }

  private mutating func insert(_ path: [String], _ value: JSON) throws(EditError) {
    // Inserts the rest of the path as one new field of the deepest existing mapping.
    var depth = path.count - 1
    while depth > 0, find(Array(path[..<depth])) == nil { depth -= 1 }
    guard depth >= 0, let name = path.dropFirst(depth).first else {
      throw EditError(.invalidValue, "no field is named")
    }
    var wrapped = value
    for outer in path[(depth + 1)...].reversed() { wrapped = .object([outer: wrapped]) }
    let parent = Array(path[..<depth])
    guard let mapping = find(parent), mapping.node.mapping != nil else {
      throw EditError(.unsafeText, "`\(parent.joined(separator: "."))` is not a mapping in `\(file.path)`")
    }
    try perform(
      insertions(of: name, wrapped, into: mapping, at: parent),
      self.value.updating(path[...depth]) { _ in wrapped }, "add `\(path.joined(separator: "."))`")
  }

  private mutating func remove(_ path: [String]) throws(EditError) {
    guard find(path) != nil, !path.isEmpty else { return }
    var path = path
    while path.count > 1, let parent = find(Array(path.dropLast())), parent.node.mapping?.count == 1 {
      path.removeLast()
    }
    try removeMember(path)
  }

  private mutating func removeMember(_ path: [String]) throws(EditError) {
    guard let name = path.last, let parent = find(Array(path.dropLast())) else { return }
    try perform(
      removals(of: name, from: parent), value.updating(path) { _ in nil }, "remove `\(path.joined(separator: "."))`")
  }

  private mutating func replace(_ path: [String], _ value: JSON) throws(EditError) {
    guard let found = find(path) else { return }
    try perform(
      replacements(of: found, with: value), self.value.updating(path) { _ in value },
      "change `\(path.joined(separator: "."))`")
  }

  private mutating func add(_ elements: [JSON], to path: [String]) throws(EditError) {
    guard let found = find(path) else { return elements.isEmpty ? () : try insert(path, .array(elements)) }
    guard case .array(let old) = found.node.value else {
      throw EditError(.unsafeText, "`\(path.joined(separator: "."))` is not a list in `\(file.path)`")
    }
    for element in elements where !old.contains(where: { $0.canonical == element.canonical }) {
      guard let list = find(path) else { return }
      guard list.node.sequence?.isEmpty == false else {
        try replace(path, .array([element]))
        continue
      }
      try perform(
        appendings(of: element, to: list),
        value.updating(path) { .array(($0?.elements ?? []) + [element]) }, "add to `\(path.joined(separator: "."))`")
    }
  }

  private mutating func take(_ elements: [JSON], from path: [String]) throws(EditError) {
    guard let old = find(path)?.node.value.elements else { return }
    if old.allSatisfy(elements.contains) {
      // A required list remains, but empty.
      return isRequired(path) ? try set(path, .array([])) : try remove(path)
    }
    try takeEach(elements, from: path)
  }

  private mutating func takeEach(_ elements: [JSON], from path: [String]) throws(EditError) {
    for element in elements {
      while let list = find(path), let position = list.node.value.elements?.firstIndex(of: element) {
        try perform(
          removals(ofElement: position, from: list),
          value.updating(path) { value in
            var rest = value?.elements ?? []
            rest.remove(at: position)
            return .array(rest)
          }, "remove `\(element.text ?? "an element")` from `\(path.joined(separator: "."))`")
      }
    }
  }

  // MARK: - Finding

  /// A node with its context.
  struct Found {
    let node: YAMLNode
    /// Whether the node is inside a flow collection.
    let isInFlow: Bool
    /// The field whose value is the node; nil for the document's root.
    let member: YAMLMember?
    /// The column of the field's name, or 0.
    let indent: Int
  }

  /// Returns the node at a path; nil if there is none.
  func find(_ path: [String]) -> Found? {
    var found = Found(node: root, isInFlow: false, member: nil, indent: 0)
    for name in path {
      guard let member = found.node.member(name) else { return nil }
      found = Found(
        node: member.value, isInFlow: found.isInFlow || isFlow(found.node), member: member,
        indent: lines.column(Int(member.nameRange.start)))
    }
    return found
  }

  func isFlow(_ node: YAMLNode) -> Bool {
    node.scalar == nil && [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(lines.byte(Int(node.range.start)))
  }

  /// The number of spaces per indentation level in this document.
  var step: Int {
    for member in root.mapping ?? [] where !isFlow(member.value) {
      guard let first = member.value.mapping?.first else { continue }
      let column = lines.column(Int(first.nameRange.start))
      if column > 0 { return column }
    }
    return 2
  }

  /// Returns the fields of the mapping at `path` in schema order.
  func order(at path: [String]) -> [String] { object(at: path)?.fields.map(\.name) ?? [] }

  private func object(at path: some Collection<String>) -> ObjectShape? {
    var shape = shape
    for name in path {
      guard case .object(let next)? = shape?.fields.first(where: { $0.name == name })?.shape else { return nil }
      shape = next
    }
    return shape
  }

  private func isRequired(_ path: [String]) -> Bool {
    object(at: path.dropLast())?.fields.first { $0.name == path.last }?.isRequired ?? false
  }

  // MARK: - Performing

  /// Performs the first candidate that leads to exactly the intended value.
  ///
  /// - Throws: `EditError` if there is none.
  private mutating func perform(_ ways: [[ByteEdit]], _ intended: JSON, _ what: String) throws(EditError) {
    for edits in ways {
      guard let bytes = ByteEdit.apply(edits, to: file.bytes) else { continue }
      let result = SourceFile(path: file.path, bytes: bytes)
      let parse = YAMLParser.parse(result)
      guard !parse.diagnostics.contains(where: { $0.severity == .error }), parse.documents.count == documents.count
      else { continue }
      let isIntended = zip(parse.documents, documents).enumerated().allSatisfy { position, pair in
        pair.0.root.value.canonical == (position == index ? intended : pair.1.root.value).canonical
      }
      guard isIntended else { continue }
      file = result
      lines = TextLines(bytes)
      documents = parse.documents
      return
    }
    throw EditError(
      .unsafeText,
      "cannot \(what) in `\(file.path)` without changing the text around it: edit the file by hand")
  }
}
