import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositoryEditing
import RepositorySupport
import Testing

/// Edits of who may speak with whom on a relay.
@Suite struct AccessEditTests {
  private static let relay = DocumentAddress(org: "acme", name: "north-1")
  private static let path = "orgs/acme/relays/north-1.yaml"

  private func base(_ fields: String = "") async throws -> Compilation {
    var repository = MemoryRepository(Example([]))
    let text = String(decoding: try #require(repository.contents[Self.path]), as: UTF8.self)
    repository.set(Self.path, text + fields)
    return await repository.compile()
  }

  @Test(arguments: [
    ("all", [String](), [String: String]?.none), ("a", ["a"], nil), ("a,b", ["a", "b"], nil),
    ("role=hub", [], ["role": "hub"]), ("a,role=hub,site=x", ["a"], ["role": "hub", "site": "x"]),
  ])
  func sidesAreReadAndWritten(_ text: String, _ names: [String], _ labels: [String: String]?) throws {
    let side = try AccessSide(text)
    #expect(side.names == names && side.matchLabels == labels && side.text == text)
  }

  @Test(arguments: ["", ",", "a,", "=x", "role=", "a,,b"]) func otherSidesAreRefused(_ text: String) {
    #expect(throws: EditError(.invalidValue, "")) { try AccessSide(text) }
  }

  @Test func firstRuleSaysWhatItChanges() async throws {
    let base = try await base()
    let edit = try RepositoryEdit.allow(
      AccessSide("headquarters"), AccessSide("all"), on: Self.relay, in: base)
    #expect(edit.notes.contains { $0.contains("from now on, only these can") })
    let second = try RepositoryEdit.allow(
      AccessSide("headquarters"), AccessSide("all"), on: Self.relay,
      in: await self.base("  access:\n    - between: [{ names: [warehouse-1] }, {}]\n"))
    #expect(second.notes.isEmpty)
  }

  /// The last rule leaves an empty list, because a missing one would let everybody speak.
  @Test func lastRuleLeavesNobody() async throws {
    let one = try await base("  access:\n    - between: [{ names: [warehouse-1] }, {}]\n")
    let edit = try RepositoryEdit.removeAccess(rule: 1, of: Self.relay, in: one)
    #expect(edit.notes.contains { $0.contains("no keys can speak") })
    #expect(throws: EditError(.notFound, "")) { try RepositoryEdit.removeAccess(rule: 2, of: Self.relay, in: one) }
    #expect(throws: EditError(.notFound, "")) { try RepositoryEdit.removeAccess(rule: 0, of: Self.relay, in: one) }
    let none = try await base()
    #expect(throws: EditError(.notFound, "")) { try RepositoryEdit.removeAccess(rule: 1, of: Self.relay, in: none) }
  }
}
