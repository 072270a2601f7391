import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

@testable import StatusModel

/// A diagnostic of one organization that involves another one, or the platform.
@Suite struct ShownDiagnosticTests {
  /// Globex' port range lies within acme's, so that each range names the other.
  private func shown() async throws -> [DiagnosticView] {
    var repository = MemoryRepository(Example([]))
    let path = "orgs/globex/organization.yaml"
    let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
    repository.set(path, text.replacing("portRange: 30200-30299", with: "portRange: 30150-31999"))
    return DiagnosticView.all(of: await repository.compile()).filter { $0.org != nil && hasForeignLabels($0) }
  }

  private func hasForeignLabels(_ shown: DiagnosticView) -> Bool {
    shown.diagnostic.related.contains { !$0.location.path.hasPrefix("orgs/\(shown.org ?? "")/") }
  }

  /// What somebody sees.
  ///
  /// - Parameter org: nil for a global viewer.
  private func sight(_ org: String?, _ permissions: Set<Permission> = Set(Permission.allCases)) -> VisibleSnapshot {
    let rights = Rights(
      user: UserID(org: org, name: "a"), everywhere: org == nil ? permissions : [],
      inOrganization: org == nil ? [] : permissions)
    let parts = StatusSnapshot.Parts(time: 0, installation: Installation(version: "test", hasAudit: false))
    return VisibleSnapshot(Scope(rights), StatusSnapshot(parts, after: nil))
  }

  @Test func ownViewerSeesNothingOfOthers() async throws {
    let found = try await shown()
    #expect(!found.isEmpty)
    for diagnostic in found {
      let org = try #require(diagnostic.org)
      let (own, global) = (sight(org), sight(nil))
      #expect(diagnostic.diagnostic.primary.location.path.hasPrefix("orgs/\(org)/"))
      #expect(!diagnostic.excerpt(own).text.isEmpty)
      #expect(diagnostic.message(global) == diagnostic.diagnostic.message)
      let message = diagnostic.message(own)
      #expect(message != diagnostic.diagnostic.message && message.contains("something that you cannot see"))
      #expect(diagnostic.help(own) == nil)
    }
  }

  /// Lines of a file are shown to who may see all that its kind declares.
  @Test(
    arguments: [
      ("kind: Key", [.keysRead]), ("kind: User", [.keysRead, .usersRead]), ("kind: Organization", [.usersRead]),
      ("kind: Relay", []), ("kind: Role", []), ("kind: Platform", []), ("kind: Relay # one", []),
      ("kind: Relay\n---\nkind: Key", [.keysRead]), ("kind: Relay\n---\n# nothing\n---\n", []),
      ("---\nkind: Relay", []), ("kind: Relay\n--- # next\nkind: Key", [.keysRead]),
      ("kind: Relay\n--- {kind: Key}", [.keysRead, .usersRead]), ("--- {kind: Key}", [.keysRead, .usersRead]),
      // What does not say what it is may be anything.
      ("kind: relay", [.keysRead, .usersRead]), ("\"kind\": Relay", [.keysRead, .usersRead]),
      ("kind: Relay\nkind: Key", [.keysRead, .usersRead]), ("spec: {}", [.keysRead, .usersRead]),
      ("kind: Relay\n---\nspec: {}", [.keysRead, .usersRead]), ("kind: Relay\r\n---\r\nkind: Key\r\n", [.keysRead]),
    ] as [(String, Set<Permission>)])
  func linesTakeWhatTheirKindTakes(_ text: String, _ needs: Set<Permission>) {
    #expect(DiagnosticView.permissions(of: SourceFile(path: "a.yaml", text: text)) == needs)
  }

  @Test func anErrorInAKeyIsItsTitleToWhoMayNotReadKeys() async throws {
    var repository = MemoryRepository(Example([]))
    repository.set(
      "orgs/acme/keys/bad.yaml",
      """
      apiVersion: wpex.io/v1alpha1
      kind: Key
      metadata:
        name: bad
      spec:
        publicKey: short
        site:
          subnet: 10.77.0.0/99

      """)
    let found = DiagnosticView.all(of: await repository.compile()).filter {
      $0.diagnostic.primary.location.path == "orgs/acme/keys/bad.yaml"
    }
    #expect(!found.isEmpty)
    for org in ["acme", nil] {
      let (with, without) = (sight(org), sight(org, Set(Permission.allCases).subtracting([.keysRead])))
      #expect(found.contains { $0.excerpt(with).text.contains("10.77.0.0/99") })
      for diagnostic in found {
        #expect(diagnostic.excerpt(without).text.isEmpty && diagnostic.excerpt(without).line > 1)
        #expect(diagnostic.message(without).hasPrefix(diagnostic.diagnostic.code.entry.title))
        #expect(diagnostic.help(without) == nil)
      }
    }
  }
}
