import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

/// The documents that a change adds or edits, and the rules of the operator that compare them with those before.
struct ChangedDocuments {
  /// For each organization with a change that a rule refuses, its documents before that change; nil for one that is new.
  private(set) var withheld: [String: OrganizationUnit?] = [:]
  private var found: [(file: ParsedFile, breaches: [RuleBreach])] = []
  private let platform: Declared<PlatformSpec>?

  init(_ unit: PlatformUnit, _ organizations: [OrganizationUnit], since old: Compilation) {
    platform = unit.platform
    guard let rules = unit.rules, rules.hasChanges else { return }
    _ = compare(unit.files, with: old.platform.files, rules)
    for organization in organizations {
      // A change that was refused is not in force: what was before it is.
      let held = old.withheld[organization.name]
      let before = held ?? old.unit(named: organization.name)
      guard organization !== before else { continue }
      if compare(organization.files, with: before?.files ?? [:], rules) {
        withheld.updateValue(before, forKey: organization.name)
      }
    }
  }

  /// Adds a diagnostic for each rule that a change breaks.
  func check(_ report: inout Report) {
    guard let platform else { return }
    for (file, breaches) in found { report.add(breaches, in: file, by: platform) }
  }

  /// Finds the rules that documents break by their change, and returns whether one of them refuses it.
  private mutating func compare(
    _ files: [String: ParsedFile], with before: [String: ParsedFile], _ rules: RuleBook
  ) -> Bool {
    let changed = files.filter { path, file in
      guard let known = before[path] else { return true }
      if let identity = file.identity, identity == known.identity { return false }
      return file.source.bytes != known.source.bytes
    }
    guard !changed.isEmpty else { return false }
    let earlier = Self.documents(of: before)
    // Both may have files at the same path, so each has its own trees.
    var (trees, earlierTrees) = (Report(), Report())
    var isRefused = false
    for file in changed.values {
      var breaches: [RuleBreach] = []
      for (position, document) in file.documents.enumerated() {
        let kind = document.declaration.kind
        guard rules.coversChanges(of: kind), let root = trees.root(of: document.source) else { continue }
        let old = earlier[Identity(document)].flatMap { earlierTrees.root(of: $0.source) }
        if let old, JSON(old) == JSON(root) { continue }
        rules.checkChange(to: root, from: old, of: position, kind, &breaches)
      }
      guard !breaches.isEmpty else { continue }
      found.append((file, breaches))
      if breaches.contains(where: { rules.rules[$0.rule].severity == .error }) { isRefused = true }
    }
    return isRefused
  }

  /// Kind and name of a document, which identify it in its organization.
  private struct Identity: Hashable {
    let kind: Kind
    let name: String

    init(_ document: ParsedDocument) {
      kind = document.declaration.kind
      name = document.declaration.metadata.name
    }
  }

  private static func documents(of files: [String: ParsedFile]) -> [Identity: ParsedDocument] {
    var documents: [Identity: ParsedDocument] = [:]
    for document in files.values.flatMap(\.documents) { documents[Identity(document)] = document }
    return documents
  }
}
