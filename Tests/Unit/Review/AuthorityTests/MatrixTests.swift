import Authority
import ChangeSet
import ConfigCompiler
import RepositorySupport
import TestSupport
import Testing

/// Every role × status of user and organization × kind × operation × own or foreign organization, against rules that
/// were written by hand; each cell compiles its base and head.
@Suite struct MatrixTests {
  /// The actors who may make each change, by its name; computed once for all tests.
  private static let permitted = Task {
    var permitted: [String: Set<String>] = [:]
    for status in MatrixActor.statuses {
      for (change, actors) in try await judge(acme: status) { permitted[change, default: []].formUnion(actors) }
    }
    return permitted
  }

  private static func judge(acme status: String) async throws -> [String: Set<String>] {
    let whole = MatrixWorld.base(acme: status)
    var without = whole
    without.remove("platform.yaml")
    let base = Revision(tree: whole.tree, compilation: await whole.compile())
    let baseWithout = Revision(tree: without.tree, compilation: await without.compile())
    let actors = MatrixActor.all.filter { $0.organization ?? status == status }
    var permitted: [String: Set<String>] = [:]
    for change in MatrixCase.all {
      let base = change.name == "Platform added" ? baseWithout : base
      var common: ChangeSet?
      for actor in actors {
        let changes: ChangeSet
        if let common, !change.isOneself {
          changes = common
        } else {
          var repository = whole
          change.edit(&repository, actor)
          let head = Revision(
            tree: repository.tree, compilation: await repository.compile(reusing: base.compilation))
          changes = ChangeSet(from: base, to: head)
          common = changes
        }
        #expect(changes.isEmpty == (change.name == "nothing"), "\(change.name) changes nothing")
        let account = try #require(Account(actor.account))
        let decisions = Authority.decisions(
          on: changes, by: Actor(account, in: base.compilation), base: base.compilation)
        if decisions.allSatisfy(\.isPermitted) { permitted[change.name, default: []].insert(actor.id) }
      }
    }
    return permitted
  }

  private func isPermitted(_ change: MatrixCase, _ actor: MatrixActor) async throws -> Bool {
    try await Self.permitted.value[change.name]?.contains(actor.id) ?? false
  }

  @Test(arguments: MatrixCase.all.map(\.name))
  func agreesWithTheIntendedRules(_ name: String) async throws {
    let change = try #require(MatrixCase.all.first { $0.name == name })
    let intended = try #require(IntendedRules.permitted(name), "no rule is intended for \(name)")
    for actor in MatrixActor.all {
      let isIntended = intended.contains("anybody") || (actor.isActive && intended.contains(actor.role))
      let isPermitted = try await isPermitted(change, actor)
      #expect(
        isPermitted == isIntended, "\(name) by \(actor.id)"
      )
    }
  }

  @Test func everyRuleIsTested() {
    let names = Set(MatrixCase.all.map(\.name))
    #expect(names.count == MatrixCase.all.count)
    let unused = Set(IntendedRules.byCase.keys).subtracting(names)
    #expect(unused == ["every other change of users of globex"])
  }

  /// The table as people read it.
  @Test func goldenTable() async throws {
    let roles = ["admin", "executive", "engineer", "viewer", "keeper", "stranger"]
    var text = """
      # Who may change what: the whole matrix

      Written by `make golden` from the decisions themselves, and compared with rules that were written by hand. An
      engineer, viewer or keeper (a custom role with `users:write` and `keys:write`) is a user of acme; a stranger is no
      user. “inactive” are all of them while they, or their organization, are pending or disabled.

      | change | \(roles.joined(separator: " | ")) | inactive |
      |---|\(String(repeating: "---|", count: roles.count + 1))

      """
    for change in MatrixCase.all {
      var cells: [String] = []
      for role in roles {
        let actor = try #require(MatrixActor.all.first { $0.role == role && $0.isActive })
        cells.append(try await isPermitted(change, actor) ? "yes" : "–")
      }
      var inactive: Set<Bool> = []
      for actor in MatrixActor.all where !actor.isActive { inactive.insert(try await isPermitted(change, actor)) }
      cells.append(inactive == [true] ? "yes" : inactive == [false] ? "–" : "some")
      text += "| \(change.name) | \(cells.joined(separator: " | ")) |\n"
    }
    expectGolden(text, at: "\(folder())/Golden/matrix.md")
  }
}
