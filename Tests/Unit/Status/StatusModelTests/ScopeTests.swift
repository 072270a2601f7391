import ConfigCompiler
import ConfigModel
import Testing

@testable import StatusModel

/// What a viewer reaches: organizations, and what belongs to none of them.
@Suite struct ScopeTests {
  @Test(
    arguments: [
      (.nowhere, nil, false), (.nowhere, "acme", false), (.organization("acme"), "acme", true),
      (.organization("acme"), "globex", false), (.organization("acme"), "", false),
      // The platform's own is nobody's who sees one organization.
      (.organization("acme"), nil, false), (.everywhere, nil, true), (.everywhere, "globex", true),
    ] as [(Scope.Reach, String?, Bool)])
  func reachContains(_ reach: Scope.Reach, _ org: String?, _ isSeen: Bool) {
    #expect(reach.contains(org) == isSeen)
  }

  @Test func rolesOfAnOrganizationEndThere() {
    let scope = Scope(Rights(user: UserID(org: "acme", name: "a"), inOrganization: [.relaysRead]))
    #expect(scope.reach(of: .relaysRead) == .organization("acme"))
    #expect(scope.reach(of: .keysRead) == .nowhere)
    #expect(scope.allows(.relaysRead, in: "acme"))
    #expect(!scope.allows(.relaysRead, in: "globex"))
    #expect(!scope.allows(.relaysRead, in: nil))
  }

  /// Being global is not a permission.
  @Test func globalRolesReachWhatTheyPermit() {
    let scope = Scope(Rights(user: UserID(org: nil, name: "a"), everywhere: [.relaysRead]))
    #expect(scope.reach(of: .relaysRead) == .everywhere)
    #expect(scope.reach(of: .keysRead) == .nowhere)
    #expect(!scope.allowsSomewhere(.auditRead))
    #expect(scope.allows(.relaysRead, in: nil) && scope.allows(.relaysRead, in: "globex"))
  }

  /// Two viewers of one scope get the same bytes: nothing of who they are is left in it.
  @Test func scopeHasNoName() {
    let names = ["a", "b"].map { Scope(Rights(user: UserID(org: "acme", name: $0), inOrganization: [.relaysRead])) }
    #expect(names[0] == names[1])
    #expect(names[0] != Scope(Rights(user: UserID(org: "globex", name: "a"), inOrganization: [.relaysRead])))
  }
}
