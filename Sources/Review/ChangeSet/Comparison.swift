import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics

/// A comparison of two revisions in progress.
struct Comparison {
  let base: Revision
  let head: Revision
  private(set) var documents: [DocumentChange] = []
  private(set) var otherPaths: [PathChange] = []

  private var baseTrees = DocumentTrees()
  private var headTrees = DocumentTrees()
  /// Documents in changed paths, by identity.
  private var pairs: [DocumentID: Pair] = [:]

  private struct Pair {
    var base: [ParsedDocument] = []
    var head: [ParsedDocument] = []
  }

  init(base: Revision, head: Revision) {
    self.base = base
    self.head = head
  }

  mutating func run() {
    let paths = ChangedPath.all(from: base, to: head)
    for path in paths { sort(path) }
    for (id, pair) in pairs { compare(id, pair) }
    var told: Set<String> = []
    var added: Set<String> = []
    for change in documents {
      guard let base = change.base else {
        if let head = change.head { added.insert(head.source.path) }
        continue
      }
      told.insert(base.source.path)
      if let head = change.head { told.insert(head.source.path) }
    }
    for change in otherPaths { told.insert(change.path) }
    // Adding a document to a file does not change the other documents in the file.
    for path in paths where !told.contains(path.path) && !(added.contains(path.path) && path.isExtended) {
      add(path, .layout)
    }
  }

  /// Collects a path's documents and records other reasons for which it changed.
  private mutating func sort(_ path: ChangedPath) {
    let org = RepositoryTree.organization(of: path.path)
    for document in path.base.documents {
      pairs[DocumentID(document, org: org), default: Pair()].base.append(document)
    }
    for document in path.head.documents {
      pairs[DocumentID(document, org: org), default: Pair()].head.append(document)
    }
    for reason in Set([path.base.reason, path.head.reason].compactMap { $0 }) { add(path, reason) }
  }

  private mutating func add(_ path: ChangedPath, _ reason: PathChange.Reason) {
    otherPaths.append(
      PathChange(
        path: path.path, org: RepositoryTree.organization(of: path.path), role: path.role, reason: reason))
  }

  /// Compares the documents with one identity. If there are several, which the compiler rejects, each is compared with
  /// the effective one on the other side, so that a duplicate never appears as a new document.
  private mutating func compare(_ id: DocumentID, _ pair: Pair) {
    let before = Self.ordered(pair.base, counting: base.document(id))
    let after = Self.ordered(pair.head, counting: head.document(id))
    let changed = Set((pair.base + pair.head).map(\.place))
    for document in after where changed.contains(document.place) || before.isEmpty {
      add(id, before.first, document)
    }
    let others = after.isEmpty ? before : Array(before.dropFirst())
    for document in others where changed.contains(document.place) { add(id, document, after.first) }
    // The effective document was removed, and the one that replaces it is in an unchanged file.
    if let first = before.first, let last = after.first, !changed.contains(last.place), pair.head.isEmpty {
      add(id, first, last)
    }
  }

  /// Returns the documents with the effective one first.
  private static func ordered(_ documents: [ParsedDocument], counting first: ParsedDocument?) -> [ParsedDocument] {
    guard let first else { return documents }
    return [first] + documents.filter { $0.place != first.place }
  }

  private mutating func add(_ id: DocumentID, _ before: ParsedDocument?, _ after: ParsedDocument?) {
    if let before, let after, before.declaration.means(after.declaration, in: id.org) { return }
    let operation: DocumentChange.Operation = before == nil ? .added : after == nil ? .removed : .changed
    var comparison = FieldComparison(
      shape: DocumentSchema.named(id.kind.rawValue)?.shape,
      base: before.map { Side(document: $0.source, root: baseTrees.root(of: $0.source)) },
      head: after.map { Side(document: $0.source, root: headTrees.root(of: $0.source)) },
      goneFrom: before.flatMap { head.start(of: $0.source.path) })
    let fields = comparison.run()
    documents.append(
      DocumentChange(
        id: id, operation: operation, base: before, head: after, fields: fields, location: comparison.location))
  }
}

/// A document's file and position within it.
private struct DocumentPlace: Hashable {
  let path: String
  let index: Int
}

extension ParsedDocument {
  fileprivate var place: DocumentPlace { DocumentPlace(path: source.path, index: source.index) }
}

extension DocumentID {
  init(_ document: ParsedDocument, org: String?) {
    self.init(kind: document.declaration.kind, org: org, name: document.declaration.metadata.name)
  }
}

extension Declaration {
  /// Whether two documents in the same folder are equivalent. A redundant `metadata.org` does not matter.
  fileprivate func means(_ other: Declaration, in org: String?) -> Bool {
    func same<Spec: ResourceSpec>(_ left: Resource<Spec>, _ right: Resource<Spec>) -> Bool {
      var left = left
      var right = right
      if left.metadata.org == org { left.metadata.org = nil }
      if right.metadata.org == org { right.metadata.org = nil }
      return left == right
    }
    switch (self, other) {
    case (.platform(let left), .platform(let right)): return same(left, right)
    case (.role(let left), .role(let right)): return same(left, right)
    case (.organization(let left), .organization(let right)): return same(left, right)
    case (.user(let left), .user(let right)): return same(left, right)
    case (.key(let left), .key(let right)): return same(left, right)
    case (.relay(let left), .relay(let right)): return same(left, right)
    default: return false
    }
  }
}
