import ArgumentParser
import ConfigCompiler
import ConfigModel
import RepositoryEditing
import TextFormats

/// `wpex relay access`: who may speak with whom on a relay.
struct AccessCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "access", abstract: "Show and change which keys of a relay may speak with which.",
    discussion: """
      Without rules, all keys of a relay may speak with each other. With rules, only the pairs that a rule lets may.
      """,
    subcommands: [Show.self, Allow.self, Remove.self, Open.self, Close.self], defaultSubcommand: Show.self)

  /// Forms of the list of rules.
  enum Form: String, CaseIterable, ResultForm { case text, json }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a relay's rules, and whom a key may reach.",
      discussion: """
        EXAMPLES
          wpex relay access show acme/milan-1
          wpex relay access show acme/milan-1 --key laptop-rossi
          wpex relay access acme/milan-1 --json
        """)

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var result: ResultOptions<Form>
    @OptionGroup var address: RelayCommands.Address

    @Option(help: ArgumentHelp("Show whom this key may reach.", valueName: "name"))
    var key: String?

    func run() async throws {
      let compilation = try await repository.compile()
      let relay: Declared<RelaySpec>
      let unit: OrganizationUnit
      do throws(EditError) {
        let name = try DocumentAddress(address.relay)
        relay = try compilation.relay(name)
        unit = try compilation.organization(name.organization())
      } catch {
        throw CommandError(error)
      }
      guard let position = unit.relays.firstIndex(where: { $0 === relay }) else { return }
      let active = unit.activeKeys(ofRelay: position, on: compilation.now.day).map(\.name)
      if let key, !active.contains(key) {
        throw CommandError(.usage, "`\(key)` is not an active key of relay `\(address.relay)`")
      }
      let access = unit.access(ofRelay: position, on: compilation.now.day)
      let reached = key.map { key in active.filter { $0 != key && access?.permits(key, $0) ?? true } }
      let rules = relay.spec.access
      try result.write(result.form == .json ? Self.json(rules, key, reached) : Self.text(rules, key, reached))
    }

    private static func text(_ rules: [AccessRule]?, _ key: String?, _ reached: [String]?) -> String {
      if let key, let reached {
        return reached.isEmpty ? "\(key) may reach nobody" : "\(key) may reach \(reached.joined(separator: ", "))"
      }
      guard let rules else { return "all keys may speak with each other" }
      guard !rules.isEmpty else { return "no keys may speak with each other" }
      return rules.enumerated().map { number, rule in
        "\(number + 1)  \(rule.between.map(\.text).joined(separator: "  with  "))"
      }.joined(separator: "\n")
    }

    private static func json(_ rules: [AccessRule]?, _ key: String?, _ reached: [String]?) -> String {
      var members: JSON.Members = [
        "rules": rules.map { rules in
          .array(rules.map { .array($0.between.map { .string($0.text) }) })
        } ?? .null
      ]
      members["key"] = key.map { .string($0) }
      members["reaches"] = reached.map { .array($0.map { .string($0) }) }
      return JSON.object(members).text(.indented)
    }
  }

  struct Allow: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the keys of two sides speak with each other.",
      discussion: """
        A side is `all`, or names of keys and labels with commas between them.

        EXAMPLES
          wpex relay access allow acme/milan-1 headquarters all
          wpex relay access allow acme/milan-1 network=core network=warehouses --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: RelayCommands.Address

    @Argument(help: ArgumentHelp("Keys of one side.", valueName: "side"))
    var one: String

    @Argument(help: ArgumentHelp("Keys of the other side.", valueName: "side"))
    var other: String

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.allow(
        AccessSide(one), AccessSide(other), on: DocumentAddress(address.relay), in: base)
    }
  }

  struct Remove: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a rule.",
      discussion: """
        EXAMPLES
          wpex relay access remove acme/milan-1 2
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: RelayCommands.Address

    @Argument(help: ArgumentHelp("Number of the rule, as `wpex relay access show` prints it.", valueName: "number"))
    var rule: Int

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.removeAccess(rule: rule, of: DocumentAddress(address.relay), in: base)
    }
  }

  struct Open: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove all rules: all keys may speak with each other.",
      discussion: """
        EXAMPLES
          wpex relay access open acme/milan-1
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: RelayCommands.Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setAccess(open: true, ofRelay: DocumentAddress(address.relay), in: base)
    }
  }

  struct Close: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let no keys speak with each other.",
      discussion: """
        EXAMPLES
          wpex relay access close acme/milan-guests
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: RelayCommands.Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setAccess(open: false, ofRelay: DocumentAddress(address.relay), in: base)
    }
  }
}
