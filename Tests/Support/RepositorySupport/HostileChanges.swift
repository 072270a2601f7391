import ConfigCompiler
import ConfigModel
import Diagnostics

/// Random changes by a user without rights beyond one organization: every field, raw bytes, deleted and added files,
/// hostile names, and others' values.
///
/// The same seed makes the same changes.
package struct HostileChanges {
  private let original: MemoryRepository
  private let org: String
  private var random: SeededRandom
  /// Values of `field: value` lines in files outside the organization, by field.
  private var foreign: [String: [String]] = [:]
  private let ownPaths: [String]
  private let foreignPaths: [String]
  private let others: [String]

  /// Reads the values of a repository that others own.
  ///
  /// - Parameter org: the organization that is changed, or that a stranger asks to join.
  package init(_ repository: MemoryRepository, in org: String, seed: UInt64) {
    original = repository
    self.org = org
    random = SeededRandom(seed: seed)
    let paths = repository.contents.keys.filter { $0.hasSuffix(".yaml") }.sorted()
    ownPaths = paths.filter { $0.hasPrefix("orgs/\(org)/") }
    foreignPaths = paths.filter { !$0.hasPrefix("orgs/\(org)/") }
    others = Set(foreignPaths.compactMap(RepositoryTree.organization)).sorted()
    for path in foreignPaths {
      for line in repository.text(path).split(separator: "\n") {
        guard let field = Self.field(of: line) else { continue }
        foreign[field.name, default: []].append(field.value)
      }
    }
  }

  /// A change of the organization's own folder in one to three steps, with the steps' names.
  package mutating func ownChange() -> (name: String, repository: MemoryRepository) {
    change([
      Self.mutateBytes, Self.takeForeignValue, Self.takeForeignValue, Self.writeHostileValue, Self.copyForeignFile,
      Self.appendForeignFile, Self.removeFile, Self.addHostileName, Self.addEntry, Self.claimEverything,
      Self.changeOrganization, Self.changeOrganization, Self.duplicateFile,
    ])
  }

  /// Requests that a stranger may add without consent.
  package mutating func request() -> (name: String, repository: MemoryRepository) {
    change([
      Self.askAsGlobalUser, Self.askAsMember, Self.askAsOrganization, Self.askAsOrganization, Self.appendRequest,
    ])
  }

  /// A change inside or outside the organization; most are not permitted.
  package mutating func anyChange() -> (name: String, repository: MemoryRepository) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: request()
    case 1: change([Self.mutateForeignLine, Self.removeForeignFile, Self.moveFile])
    default: ownChange()
    }
  }

  private typealias Step = (inout HostileChanges, inout MemoryRepository) -> String

  private mutating func change(_ steps: [Step]) -> (name: String, repository: MemoryRepository) {
    var repository = original
    var names: [String] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let step = steps[Int.random(in: 0..<steps.count, using: &random)]
      names.append(step(&self, &repository))
    }
    return (names.joined(separator: "; "), repository)
  }

  private mutating func pick<Element>(_ elements: [Element], or other: Element) -> Element {
    elements.randomElement(using: &random) ?? other
  }

  private static func field(of line: Substring) -> (name: String, value: String, indent: Int)? {
    let text = line.drop { $0 == " " || $0 == "-" }
    guard let colon = text.firstIndex(of: ":"), text[..<colon].allSatisfy({ $0.isLetter || $0.isNumber }) else {
      return nil
    }
    let value = text[text.index(after: colon)...].drop { $0 == " " }
    guard !value.isEmpty, !value.hasPrefix("|"), !value.hasPrefix("#") else { return nil }
    return (String(text[..<colon]), String(value), line.count - text.count)
  }

  // MARK: - In the organization's folder

  private static let tokens = [
    "\n", "  ", ": ", "- ", "[", "]", "{", "}", "\"", "'", "|", "&a ", "*a", "!t ", "---\n", "\t", "#", "no", "null",
    "é", "\u{202E}", "\u{2028}", "\u{0}", "port", "names", "30101", "globex", "pending", "active", "PrivateKey = x",
  ]

  private static func mutateBytes(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick(changes.ownPaths, or: "")
    var bytes = repository.contents[path] ?? []
    for _ in 0..<Int.random(in: 1...5, using: &changes.random) {
      let index = Int.random(in: 0...bytes.count, using: &changes.random)
      let end = min(bytes.count, index + Int.random(in: 0..<12, using: &changes.random))
      switch Int.random(in: 0..<3, using: &changes.random) {
      case 0: bytes.removeSubrange(index..<end)
      case 1: bytes.insert(contentsOf: Array(changes.pick(tokens, or: "").utf8), at: index)
      default: if index < bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &changes.random) }
      }
    }
    repository.set(path, bytes)
    return "bytes of \(path)"
  }

  /// Replaces a field of the organization by another organization's or a global user's value.
  private static func takeForeignValue(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    changes.replaceLine(in: changes.pick(changes.ownPaths, or: ""), of: &repository) { changes, name, value in
      changes.pick(changes.foreign[name] ?? [], or: value)
    }
  }

  private static let values = [
    "''", "null", "0", "-1", "99999999999999999999", "30000-32767", "1-65535", "active", "pending", "disabled", "[]",
    "{}",
    "[admin]", "HostPort", "system", "kube-system", "\"\\u202e\"", "a/../../b", "PrivateKey", "~", "[a, a]",
    "0.0.0.0/0",
  ]

  private static func writeHostileValue(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    changes.replaceLine(in: changes.pick(changes.ownPaths, or: ""), of: &repository) { changes, _, value in
      changes.pick(values, or: value)
    }
  }

  private mutating func replaceLine(
    in path: String, of repository: inout MemoryRepository,
    by value: (inout HostileChanges, String, String) -> String
  ) -> String {
    var lines = repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
    let fields = lines.indices.compactMap { index in Self.field(of: lines[index]).map { (index, $0) } }
    guard let (index, field) = fields.randomElement(using: &random) else { return "nothing of \(path)" }
    let new = value(&self, field.name, field.value)
    lines[index] = lines[index].prefix(field.indent) + "\(field.name): \(new)"
    repository.set(path, lines.joined(separator: "\n"))
    return "\(field.name): \(new) in \(path)"
  }

  private static func copyForeignFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick(changes.foreignPaths, or: "")
    let kind = changes.pick(["users", "keys", "relays"], or: "keys")
    let place = path.contains("/\(kind)/") ? kind : path.split(separator: "/").dropLast().last.map(String.init) ?? kind
    let folder = ["users", "keys", "relays"].contains(place) ? place : kind
    let name = changes.pick(["aaa", "zzz"], or: "aaa")
    repository.set("orgs/\(changes.org)/\(folder)/\(name).yaml", repository.contents[path] ?? [])
    return "\(path) as \(folder)/\(name).yaml"
  }

  private static func appendForeignFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    let path = changes.pick(changes.ownPaths, or: "")
    let folder = path.split(separator: "/").dropLast().last ?? ""
    let other = changes.pick(changes.foreignPaths.filter { $0.contains("/\(folder)/") }, or: path)
    repository.edit(path) { [text = repository.text(other)] in $0 + "---\n" + text }
    return "\(other) behind \(path)"
  }

  private static func duplicateFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick(changes.ownPaths, or: "")
    let copy = String(path.dropLast(5)) + changes.pick(["-2.yaml", "0.yaml"], or: "-2.yaml")
    repository.set(copy, repository.contents[path] ?? [])
    return "\(path) as \(copy)"
  }

  private static func removeFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick(changes.ownPaths, or: "")
    repository.remove(path)
    return "no \(path)"
  }

  private static let names = [
    "A\u{7}.yaml", "a\\b.yaml", "..yaml", ".git.yaml", "git~1.yaml", "e\u{301}.yaml", "\u{E9}.yaml", "\u{202E}.yaml",
    "\u{FFFD}.yaml", " .yaml", "con.yaml", "x.yml", "sub/x.yaml", ".hidden.yaml", "::warning::.yaml", "a\r\n.yaml",
  ]

  private static func addHostileName(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let source = changes.pick(changes.ownPaths, or: "")
    let folder = source.split(separator: "/").dropLast().joined(separator: "/")
    let name =
      Bool.random(using: &changes.random)
      ? changes.pick(names, or: "x")
      : source.split(separator: "/").last.map { $0.uppercased().replacing(".YAML", with: ".yaml") } ?? "x"
    repository.set("\(folder)/\(name)", repository.contents[source] ?? [])
    return "\(source) as \(name)"
  }

  private static func addEntry(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let folder = changes.pick(["users", "keys", "relays", "other"], or: "keys")
    let path = "orgs/\(changes.org)/\(folder)/entry\(Int.random(in: 0..<2, using: &changes.random)).yaml"
    let kind = changes.pick([TreeEntry.Kind.symbolicLink, .submodule, .other], or: .other)
    repository.entries.append(TreeEntry(path: path, kind: kind, size: 0))
    return "\(kind) \(path)"
  }

  /// Makes a user of the organization claim everything of another user.
  private static func claimEverything(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let victim = changes.pick(changes.foreignPaths.filter { $0.contains("users/") }, or: "")
    let name = changes.pick(["aaa", "zzz"], or: "aaa")
    let role = changes.pick(["viewer", "engineer", "admin", "nothing"], or: "viewer")
    let text = repository.text(victim).split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.hasPrefix("  name:") { return "  name: \(name)" }
      if line.hasPrefix("  roles:") { return "  roles: [\(role)]" }
      return String(line)
    }
    repository.set("orgs/\(changes.org)/users/\(name).yaml", text.joined(separator: "\n"))
    return "all that \(victim) has for \(name)"
  }

  private static func changeOrganization(_ changes: inout HostileChanges, _ repository: inout MemoryRepository)
    -> String
  {
    let path = "orgs/\(changes.org)/organization.yaml"
    let other = repository.text("orgs/\(changes.pick(changes.others, or: ""))/organization.yaml")
    switch Int.random(in: 0..<5, using: &changes.random) {
    case 0:
      repository.edit(path) { $0.replacing("portRange:", with: "portRange: 30000-32767 #") }
      return "all ports"
    case 1:
      // Sealed for another organization.
      let sealed = other.firstRange(of: "  identity:").map { String(other[$0.lowerBound...]) } ?? ""
      repository.edit(path) { text in
        (text.firstRange(of: "  identity:").map { String(text[..<$0.lowerBound]) } ?? text) + sealed
      }
      return "identity of another"
    case 2:
      repository.set(path, other)
      return "organization.yaml of another"
    case 3:
      repository.remove(path)
      return "no organization.yaml"
    default:
      let status = changes.pick(["pending", "disabled", "nonsense"], or: "pending")
      repository.edit(path) { $0.replacing("status: active", with: "status: \(status)") }
      return "organization \(status)"
    }
  }

  // MARK: - What strangers add

  private static let roles = ["viewer", "engineer", "admin", "executive", "no-such-role", "noc"]

  private mutating func pendingUser(_ name: String) -> String {
    let victim = pick(foreignPaths.filter { $0.contains("users/") } + ownPaths.filter { $0.contains("users/") }, or: "")
    // Everything of a user, requested under another name. A missing status means `pending`.
    let lines = original.text(victim).split(separator: "\n---", maxSplits: 1).first ?? ""
    let role = pick(Self.roles, or: "viewer")
    var text = lines.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.hasPrefix("  name:") { return "  name: \(name)" }
      if line.hasPrefix("  roles:") { return "  roles: [\(role)]" }
      if line.hasPrefix("  status:") { return "  status: pending" }
      return String(line)
    }.joined(separator: "\n")
    if Bool.random(using: &random) { text = "# PrivateKey = (the key)\n" + text }
    if Bool.random(using: &random) { text += "\n---\n" + text }
    return text + "\n"
  }

  private static func askAsGlobalUser(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let file = changes.pick(
      ["aaa.yaml", "zzz.yaml", "ANNA-LINDQVIST.yaml", "Root.yaml", "a\u{7}.yaml"], or: "aaa.yaml")
    repository.set("users/\(file)", changes.pendingUser(changes.pick(["aaa", "zzz"], or: "aaa")))
    return "asks as users/\(file)"
  }

  private static func askAsMember(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let org = changes.pick(changes.others + [changes.org, "nowhere"], or: changes.org)
    let file = changes.pick(["aaa.yaml", "zzz.yaml", "GIULIA-ROSSI.yaml", "Noc.yaml", "z\\z.yaml"], or: "aaa.yaml")
    repository.set("orgs/\(org)/users/\(file)", changes.pendingUser(changes.pick(["aaa", "zzz"], or: "aaa")))
    return "asks as orgs/\(org)/users/\(file)"
  }

  private static func askAsOrganization(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    let folder = changes.pick(
      ["aaa", "zzz", "ACME", "Globex", "system", "kube-system", "\u{202E}", "a b", "..", "orgs"], or: "aaa")
    let victim = repository.text("orgs/\(changes.pick(changes.others + [changes.org], or: ""))/organization.yaml")
    let name = changes.pick([folder, "acme", "zzz"], or: folder)
    let text = victim.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      if line.hasPrefix("  name:") { return "  name: \(name)" }
      if line.hasPrefix("  status:") { return "  status: pending" }
      if line.hasPrefix("  portRange:") { return "  portRange: 30000-32767" }
      return String(line)
    }.joined(separator: "\n")
    repository.set("orgs/\(folder)/organization.yaml", text)
    if Bool.random(using: &changes.random) {
      repository.set("orgs/\(folder)/users/a.yaml", changes.pendingUser("a"))
    }
    return "asks as orgs/\(folder)"
  }

  private static func appendRequest(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick((changes.ownPaths + changes.foreignPaths).filter { $0.contains("users/") }, or: "")
    let request = changes.pendingUser("aaa")
    repository.edit(path) { $0 + ($0.hasSuffix("\n") ? "" : "\n") + "---\n" + request }
    return "asks behind \(path)"
  }

  // MARK: - What nobody may

  private static func mutateForeignLine(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    changes.replaceLine(in: changes.pick(changes.foreignPaths, or: ""), of: &repository) { changes, name, value in
      Bool.random(using: &changes.random)
        ? changes.pick(changes.foreign[name] ?? [], or: value) : changes.pick(values, or: value)
    }
  }

  private static func removeForeignFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String
  {
    let path = changes.pick(changes.foreignPaths, or: "")
    repository.remove(path)
    return "no \(path)"
  }

  private static func moveFile(_ changes: inout HostileChanges, _ repository: inout MemoryRepository) -> String {
    let path = changes.pick(changes.ownPaths + changes.foreignPaths, or: "")
    let org = changes.pick(changes.others + [changes.org], or: changes.org)
    let name = path.split(separator: "/").suffix(2).joined(separator: "/")
    repository.set("orgs/\(org)/\(name)", repository.contents[path] ?? [])
    repository.remove(path)
    return "\(path) to \(org)"
  }
}
