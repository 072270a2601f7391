import ConfigCompiler
import ConfigModel
import ConfigSchema
import TextFormats

/// The completion of a word at a position.
struct Completion {
  let workspace: Workspace
  let document: OpenDocument

  init(_ workspace: Workspace, _ document: OpenDocument) {
    self.workspace = workspace
    self.document = document
  }

  struct Proposal {
    let label: String
    let detail: String
    var text: String?
    /// The value of LSP's `CompletionItemKind`.
    let kind: Int
    var isSnippet = false
    var rank = 1
  }

  enum ItemKind {
    static let field = 5
    static let value = 12
    static let enumMember = 20
    static let reference = 18
    static let snippet = 15
    static let function = 3
    static let variable = 6
  }

  func items(at offset: Int) -> JSON {
    if isEmpty, let snippet = wholeDocument() { return list([snippet], replacing: 0..<document.text.bytes.count) }
    if let begun = RuleExpressionDraft(document.text, at: offset, fallback: workspace.kind(of: document)) {
      return items(for: begun, at: offset)
    }
    guard
      let context = CursorContext(document.text, at: offset, fallback: workspace.kind(of: document)),
      let kind = context.kind
    else { return list([], replacing: offset..<offset) }
    var proposals: [Proposal] = []
    switch context.role {
    case .name: proposals = names(context, kind)
    case .value:
      if let begun = begunElement(context, kind, before: offset) { return begun }
      proposals = values(context, kind)
    case .element:
      proposals = values(context, kind).filter { !context.siblings.contains($0.label) }
      if proposals.isEmpty { proposals = names(context, kind) }
    }
    let start = min(context.token.lowerBound, offset)
    return list(proposals, replacing: start..<offset, prefix: context.needsSpace ? " " : "")
  }

  /// Returns completions for a list element with a colon: `- relays:` is the beginning of `relays:read`, not a field.
  private func begunElement(_ context: CursorContext, _ kind: Kind, before offset: Int) -> JSON? {
    guard context.needsSpace, let word = context.path.last,
      let field = FieldCompletion.field(of: kind, at: Array(context.path.dropLast())), field.shape.isList
    else { return nil }
    let choices = (field.shape.choices ?? []).filter { $0.value.hasPrefix(word + ":") }
    guard !choices.isEmpty else { return nil }
    let proposals = choices.map { Proposal(label: $0.value, detail: $0.summary, kind: ItemKind.enumMember) }
    return list(proposals, replacing: offset - word.utf8.count - 1..<offset)
  }

  // MARK: - Names

  private func names(_ context: CursorContext, _ kind: Kind) -> [Proposal] {
    if context.path.last == "labels" || context.path.last == "matchLabels" {
      return labels(context, kind).keys.sorted().filter { !context.siblings.contains($0) }.map { name in
        Proposal(label: name, detail: "a label that is in use", text: name + ": ", kind: ItemKind.field)
      }
    }
    return FieldCompletion.fields(of: kind, at: context.path).filter { !context.siblings.contains($0.name) }.map {
      item in
      Proposal(
        label: item.name, detail: item.summary + (item.isRequired ? " (required)" : ""),
        text: item.name + (item.opensBlock && !context.isFlow ? ":" : ": "), kind: ItemKind.field,
        rank: item.isRequired ? 0 : 1)
    }
  }

  // MARK: - Values

  private func values(_ context: CursorContext, _ kind: Kind) -> [Proposal] {
    let path = context.path
    if path == ["kind"], context.role == .value {
      let kinds = document.path.map { PathRole(of: $0, ignored: IgnoreGlobs()).kinds } ?? Kind.allCases
      return kinds.map { kind in
        Proposal(
          label: kind.rawValue, detail: DocumentSchema.named(kind.rawValue)?.shape.summary ?? "",
          kind: ItemKind.enumMember)
      }
    }
    if let parent = path.dropLast().last, parent == "labels" || parent == "matchLabels", let name = path.last {
      return (labels(context, kind)[name] ?? []).sorted().map { value in
        Proposal(label: value, detail: "a value that is in use", kind: ItemKind.value)
      }
    }
    if let target = FieldCompletion.reference(of: kind, at: path) { return references(target, context) }
    if kind == .relay, [["spec", "port"], ["spec", "clusterPort"]].contains(path), let port = freePort(context) {
      return [Proposal(label: String(port), detail: "the first free port of its range", kind: ItemKind.value)]
    }
    if path == ["metadata", "org"], let unit = workspace.unit(of: document) {
      return [Proposal(label: unit.name, detail: "the folder's organization", kind: ItemKind.reference)]
    }
    if path == ["metadata", "name"], let stem = suggestedName {
      return [Proposal(label: stem, detail: "the file's name", kind: ItemKind.value)]
    }
    return FieldCompletion.values(of: kind, at: path).map { item in
      Proposal(label: item.name, detail: item.summary, kind: ItemKind.enumMember)
    }
  }

  private func references(_ target: ReferenceTarget, _ context: CursorContext) -> [Proposal] {
    let unit = workspace.unit(of: document)
    switch target {
    case .key:
      let day = workspace.compilation?.now.day
      return (unit?.keys ?? []).map { key in
        let isActive = day.map(key.spec.isActive) ?? true
        return Proposal(
          label: key.name, detail: Summary.line(of: key.spec), kind: ItemKind.reference, rank: isActive ? 0 : 1)
      }
    case .region:
      let allowed = unit?.organization?.spec.allowedRegions ?? []
      return (workspace.compilation?.platform.platform?.spec.regions ?? []).map { region in
        Proposal(
          label: region.name, detail: Summary.line(of: region), kind: ItemKind.reference,
          rank: allowed.contains(region.name) ? 0 : 1)
      }
    case .role:
      let scope: RoleScope = unit == nil ? .global : .organization
      return (workspace.compilation?.platform.roleNames ?? []).compactMap { name in
        guard let role = workspace.compilation?.platform.role(name) else { return nil }
        return Proposal(
          label: name, detail: Summary.line(ofRole: name, role), kind: ItemKind.reference,
          rank: role.scope == scope ? 0 : 1)
      }
    }
  }

  /// Returns labels in use with their values: those of keys for a selector, otherwise those of documents of the same
  /// kind.
  private func labels(_ context: CursorContext, _ kind: Kind) -> [String: Set<String>] {
    guard let compilation = workspace.compilation else { return [:] }
    let unit = workspace.unit(of: document)
    var found: [String: Set<String>] = [:]
    let isSelector = context.path.contains("matchLabels")
    let sets: [[String: String]] =
      switch isSelector ? .key : kind {
      case .key: unit?.keys.map(\.labels) ?? []
      case .relay: unit?.relays.map(\.labels) ?? []
      case .user: (unit?.users ?? compilation.platform.users).map(\.labels)
      case .organization: compilation.units.compactMap { $0.organization?.labels }
      case .role: compilation.platform.roles.map(\.labels)
      case .platform: []
      }
    for labels in sets { for (name, value) in labels { found[name, default: []].insert(value) } }
    if !isSelector {
      for required in compilation.platform.platform?.spec.policy.requiredLabels ?? []
      where required.kind.rawValue == kind.rawValue {
        found[required.label, default: []].formUnion(required.values)
      }
    }
    return found
  }

  /// Returns the first port in the organization's range that no other relay of its region uses.
  private func freePort(_ context: CursorContext) -> Int? {
    guard let unit = workspace.unit(of: document), let range = unit.organization?.spec.portRange else { return nil }
    return freePort(in: range, of: unit, region: context.text(of: "region", in: document.text))
  }

  private func freePort(in range: PortRange, of unit: OrganizationUnit?, region: String? = nil) -> Int? {
    let others = (unit?.relays ?? []).filter { relay in
      relay.source.path != document.path && (region == nil || relay.spec.regions.contains(region ?? ""))
    }
    let taken = Set(others.flatMap { [$0.spec.port, $0.spec.clusterPort] })
    return (range.low...range.high).first { !taken.contains($0) }
  }

  // MARK: - A whole document

  private var isEmpty: Bool { document.text.bytes.allSatisfy { $0 <= UInt8(ascii: " ") } }

  private func wholeDocument() -> Proposal? {
    guard let kind = workspace.kind(of: document), let schema = DocumentSchema.named(kind.rawValue) else { return nil }
    let unit = workspace.unit(of: document)
    let platform = workspace.compilation?.platform
    let scope: RoleScope = unit == nil ? .global : .organization
    let names = DocumentSnippet.Names(
      document: suggestedName ?? "name", regions: platform?.platform?.spec.regions.map(\.name) ?? [],
      keys: unit?.keys.filter { $0.spec.status == .active }.map(\.name) ?? [],
      roles: platform?.roleNames.filter { platform?.role($0)?.scope == scope } ?? [],
      labels: platform?.platform?.spec.policy.requiredLabels.filter { $0.kind.rawValue == kind.rawValue }
        .map { ($0.label, $0.values) } ?? [],
      port: unit?.organization?.spec.portRange.map { String(freePort(in: $0, of: unit) ?? $0.low) })
    let snippet = DocumentSnippet(schema, names)
    let text = workspace.client.snippets ? snippet.placeholders : snippet.plain
    return Proposal(
      label: "\(kind.rawValue)", detail: schema.shape.summary, text: text, kind: ItemKind.snippet,
      isSnippet: workspace.client.snippets)
  }

  /// The file's name without its extension; for an organization, the folder's name.
  private var suggestedName: String? {
    guard let path = document.path else { return nil }
    if workspace.kind(of: document) == .organization { return RepositoryTree.organization(of: path) }
    guard let stem = path.split(separator: "/").last?.split(separator: ".").first.map(String.init) else { return nil }
    return StringFormat.dnsLabel.matches(stem.utf8) ? stem : nil
  }

  // MARK: - Protocol values

  func list(_ proposals: [Proposal], replacing range: Range<Int>, prefix: String = "") -> JSON {
    let place: JSON = [
      "start": workspace.json(document.text.position(of: range.lowerBound, workspace.encoding)),
      "end": workspace.json(document.text.position(of: range.upperBound, workspace.encoding)),
    ]
    let items = proposals.enumerated().map { index, proposal -> JSON in
      var item: JSON.Members = [
        "label": .string(proposal.label), "kind": .integer(proposal.kind), "detail": .string(proposal.detail),
        "sortText": .string(Self.sortText(proposal.rank, index)),
        "textEdit": ["range": place, "newText": .string(prefix + (proposal.text ?? proposal.label))],
      ]
      if proposal.isSnippet { item.append("insertTextFormat", 2) }
      // Editors filter by the text in the range, which may begin with the missing space or a quote.
      if !prefix.isEmpty { item.append("filterText", .string(prefix + proposal.label)) }
      return .object(item)
    }
    return ["isIncomplete": false, "items": .array(items)]
  }

  private static func sortText(_ rank: Int, _ index: Int) -> String {
    let digits = String(index)
    return "\(rank)" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}
