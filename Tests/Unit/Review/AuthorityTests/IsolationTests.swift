import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

/// Nothing that happens in one organization, and nothing that a stranger asks for, changes what anybody else has.
@Suite struct IsolationTests {
  /// A world of several organizations, whose users have every kind of account, judged once for all tests.
  private struct World: Sendable {
    let repository: MemoryRepository
    let base: Revision

    static let now = "2026-11-23T00:00:00Z"
    static let shared = Task { try await World() }

    init() async throws {
      var repository = try MemoryRepository(folder: packageRoot + "/sample-repo")
      for (number, path) in repository.contents.keys.filter({ $0.contains("users/") }).sorted().enumerated() {
        // What is missing, so that there is something to take.
        repository.edit(path) { text in
          text.contains("access:")
            ? text
            : text.replacing(
              "spec:\n",
              with: "spec:\n  access: { tokens: [{ name: t\(number), sha256: "
                + "\(String(repeating: "\(number % 10)\(number / 10)", count: 31))ab }] }\n", maxReplacements: 1)
        }
      }
      let tree = repository.identifiedTree
      self.repository = repository
      base = Revision(
        tree: tree,
        compilation: await Compiler.compile(
          tree, contents: repository.contents, now: Timestamp(Self.now) ?? Timestamp(unixSeconds: 0)))
    }

    func revision(_ repository: MemoryRepository, base: Compilation?) async -> Revision {
      let tree = repository.identifiedTree
      return Revision(
        tree: tree,
        compilation: await Compiler.compile(
          tree, contents: repository.contents, now: self.base.compilation.now, reusing: self.base.compilation,
          base: base))
    }
  }

  /// What is found out about everybody but one organization.
  private struct Rest: Equatable {
    var diagnostics: Set<String> = []
    var heldBack: Set<String> = []
    var isPlatformHeldBack: Bool
    var tokens: [String: UserID] = [:]
    var subjects: [OIDCIdentity: UserID] = [:]
    var rights: [UserID: Rights] = [:]

    init(_ compilation: Compilation, without org: String?, of units: [OrganizationUnit], isAsking: Bool = false) {
      for diagnostic in compilation.diagnostics where diagnostic.severity == .error {
        let path = diagnostic.primary.location.path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts[0] == "orgs", parts.count > 1, let org, parts[1] == org { continue }
        // A request may be wrong in itself.
        if isAsking { continue }
        diagnostics.insert("\(diagnostic.code.rawValue) \(path) \(diagnostic.message)")
      }
      let faults = compilation.faults
      isPlatformHeldBack = faults == .platform
      for unit in units where unit.name != org && faults.contain(unit.name) { heldBack.insert(unit.name) }
      for (hash, owner) in compilation.tokens where owner.user.org == nil || owner.user.org != org {
        tokens[hash] = owner.user
      }
      for (identity, owner) in compilation.subjects where owner.org == nil || owner.org != org {
        subjects[identity] = owner
      }
      compilation.forEachMember { id, _ in
        if id.org == nil || id.org != org { rights[id] = compilation.rights(of: id) }
      }
    }
  }

  @Test func theWorldIsClean() async throws {
    let world = try await World.shared.value
    #expect(!world.base.compilation.hasErrors, "\(world.base.compilation.text)")
    #expect(world.base.compilation.units.count >= 5 && world.base.compilation.tokens.count >= 8)
  }

  /// Whatever is written into one organization's folder: everybody else's errors, accounts and rights stay as they are, and
  /// what is rendered for them is made from the very same declarations.
  @Test(arguments: 0..<10)
  func anOrganizationIsAlone(_ seed: Int) async throws {
    let world = try await World.shared.value
    let compilation = world.base.compilation
    let org = ["acme", "globex"][seed % 2]
    let before = Rest(compilation, without: org, of: compilation.units)
    var changes = HostileChanges(world.repository, in: org, seed: UInt64(seed))
    for _ in 0..<40 {
      let (name, repository) = changes.ownChange()
      let head = await world.revision(repository, base: compilation).compilation
      #expect(Rest(head, without: org, of: compilation.units) == before, "seed \(seed): \(name)\n\(head.text)")
      for unit in compilation.units where unit.name != org {
        #expect(head.unit(named: unit.name) === unit, "seed \(seed): \(name)")
      }
      // And in the commit after it, which takes something back in another organization.
      var later = repository
      later.edit("orgs/initech/users/peter-gibbon.yaml") {
        $0.replacing("status: active", with: "status: disabled")
      }
      let next = await world.revision(later, base: head).compilation
      #expect(next.faults == head.faults, "seed \(seed): \(name)\n\(next.text)")
    }
  }

  /// Whatever a stranger asks for.
  @Test(arguments: 0..<10)
  func askingChangesNothing(_ seed: Int) async throws {
    let world = try await World.shared.value
    let compilation = world.base.compilation
    let before = Rest(compilation, without: nil, of: compilation.units, isAsking: true)
    let stranger = Actor(.github("total-stranger"), in: compilation)
    var changes = HostileChanges(world.repository, in: "acme", seed: UInt64(1_000 + seed))
    var permitted = 0
    for _ in 0..<60 {
      let (name, repository) = changes.request()
      // Also where nobody knows what was there before.
      let head = await world.revision(repository, base: seed % 2 == 0 ? compilation : nil)
      let decisions = Authority.decisions(on: ChangeSet(from: world.base, to: head), by: stranger, base: compilation)
      guard decisions.allSatisfy(\.isPermitted) else { continue }
      permitted += 1
      #expect(
        Rest(head.compilation, without: nil, of: compilation.units, isAsking: true) == before,
        "seed \(seed): \(name)\n\(head.compilation.text)")
      #expect(head.compilation.holdings.disputes.isEmpty, "seed \(seed): \(name)")
    }
    #expect(permitted > 20)
  }

  /// Whoever has no rights outside of an organization is permitted nothing that changes what others declare or have.
  @Test(arguments: 0..<5, ["user:acme/giulia-rossi", "user:acme/marco-bianchi", "github:total-stranger"])
  func nothingOfOthersIsPermitted(_ seed: Int, _ account: String) async throws {
    let world = try await World.shared.value
    let compilation = world.base.compilation
    let actor = Actor(try #require(Account(account)), in: compilation)
    let org = actor.rights == nil ? nil : "acme"
    let before = Rest(compilation, without: org, of: compilation.units, isAsking: true)
    var changes = HostileChanges(world.repository, in: "acme", seed: UInt64(2_000 + seed))
    for _ in 0..<30 {
      let (name, repository) = changes.anyChange()
      let head = await world.revision(repository, base: compilation)
      let decisions = Authority.decisions(on: ChangeSet(from: world.base, to: head), by: actor, base: compilation)
      guard decisions.allSatisfy(\.isPermitted) else { continue }
      #expect(
        Rest(head.compilation, without: org, of: compilation.units, isAsking: true) == before,
        "seed \(seed): \(name)\n\(head.compilation.text)")
      for unit in compilation.units where unit.name != org {
        let after = head.compilation.unit(named: unit.name)
        #expect(after.map { isSame($0, unit) } ?? false, "seed \(seed): \(name)")
      }
      #expect(head.compilation.platform.platform?.resource == compilation.platform.platform?.resource)
      // Nothing that somebody else has is claimed: also a compile that does not know who was first finds nobody else.
      let alone = await world.revision(repository, base: nil)
      let rest = Rest(alone.compilation, without: org, of: compilation.units, isAsking: true)
      #expect(rest.tokens == before.tokens && rest.subjects == before.subjects, "seed \(seed): \(name)")
    }
  }

  /// Whether an organization declares the same, apart from users who ask.
  private func isSame(_ left: OrganizationUnit, _ right: OrganizationUnit) -> Bool {
    func same<Spec>(_ left: [Declared<Spec>], _ right: [Declared<Spec>]) -> Bool {
      left.filter { !$0.spec.isPending }.map(\.resource) == right.filter { !$0.spec.isPending }.map(\.resource)
    }
    return left.organization?.resource == right.organization?.resource && same(left.users, right.users)
      && same(left.keys, right.keys) && same(left.relays, right.relays)
  }
}
