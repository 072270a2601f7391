package import ConfigCompiler
package import ConfigModel
import TextFormats

extension AccessSide {
  /// Parses a side of a rule: `all`, or names of keys and `LABEL=VALUE` pairs with commas between them.
  ///
  /// - Throws: `EditError` if a part is empty.
  package init(_ text: String) throws(EditError) {
    self.init()
    guard text != "all" else { return }
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let sign = part.firstIndex(of: "=") else {
        guard !part.isEmpty else { throw Self.malformed(text) }
        names.append(part)
        continue
      }
      let (label, value) = (String(part[..<sign]), String(part[part.index(after: sign)...]))
      guard !label.isEmpty, !value.isEmpty else { throw Self.malformed(text) }
      matchLabels = (matchLabels ?? [:]).merging([label: value]) { _, new in new }
    }
  }

  /// The side as it is written on a command line.
  package var text: String {
    if isEverybody { return "all" }
    let labels = (matchLabels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (names + labels).joined(separator: ",")
  }

  var json: JSON {
    var members: JSON.Members = [:]
    if !names.isEmpty { members["names"] = .array(names.map { .string($0) }) }
    if let matchLabels {
      members["matchLabels"] = matchLabels.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }.object
    }
    return .object(members)
  }

  private static func malformed(_ text: String) -> EditError {
    EditError(
      .invalidValue,
      "`\(text)` is not a side of a rule: write `all`, names of keys, or LABEL=VALUE, with commas between them")
  }
}

extension AccessRule {
  var json: JSON { ["between": .array(between.map(\.json))] }
}

/// Operations on the rules of who may speak with whom on a relay.
extension RepositoryEdit {
  /// Lets the keys of one side speak with those of another.
  ///
  /// - Throws: `EditError` if the relay does not exist, or if its file cannot be edited safely.
  package static func allow(
    _ one: AccessSide, _ other: AccessSide, on address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    var rule = AccessRule()
    rule.between = [one, other]
    var edit = RepositoryEdit(base, summary: "Let \(one.text) and \(other.text) speak on relay \(address)")
    try edit.change(relay.source, .relay, [.add([rule.json], to: ["spec", "access"])])
    if relay.spec.access == nil {
      edit.notes.append("it had no rules, so all its keys could speak with each other; from now on, only these can")
    }
    return edit
  }

  /// Removes a rule.
  ///
  /// - Parameter number: Position of the rule, from 1.
  /// - Throws: `EditError` if the relay or the rule does not exist, or if the file cannot be edited safely.
  package static func removeAccess(
    rule number: Int, of address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    let rules = relay.spec.access ?? []
    guard rules.indices.contains(number - 1) else {
      let count = rules.count == 1 ? "1 rule" : "\(rules.count) rules"
      throw EditError(.notFound, "relay `\(address)` has \(count): `wpex relay access show \(address)` lists them")
    }
    let rule = rules[number - 1]
    let sides = rule.between.map(\.text).joined(separator: " and ")
    var edit = RepositoryEdit(base, summary: "Remove the rule for \(sides) of relay \(address)")
    // An empty list lets nobody speak. Without the list, everybody could.
    let change: DocumentChange =
      rules.count == 1 ? .set(["spec", "access"], []) : .take([rule.json], from: ["spec", "access"])
    try edit.change(relay.source, .relay, [change])
    if rules.count == 1 {
      edit.notes.append(
        "it was the last rule, so no keys can speak with each other; `wpex relay access open \(address)` lets all of them"
      )
    }
    return edit
  }

  /// Lets all keys of a relay speak with each other, or none of them.
  ///
  /// - Throws: `EditError` if the relay does not exist, or if its file cannot be edited safely.
  package static func setAccess(
    open: Bool, ofRelay address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(
      base, summary: open ? "Let all keys of relay \(address) speak" : "Let no keys of relay \(address) speak")
    guard open ? relay.spec.access != nil : relay.spec.access != [] else { return edit }
    try edit.change(
      relay.source, .relay, [open ? .remove(["spec", "access"]) : .set(["spec", "access"], [])])
    return edit
  }
}
