import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

@testable import StatusModel

/// A diagnostic of one organization that involves another one, or the platform.
@Suite struct ShownDiagnosticTests {
  /// Globex' port range lies within acme's, so that each range names the other.
  private func shown() async throws -> [ShownDiagnostic] {
    var repository = MemoryRepository(Example([]))
    let path = "orgs/globex/organization.yaml"
    let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
    repository.set(path, text.replacing("portRange: 30200-30299", with: "portRange: 30150-31999"))
    return ShownDiagnostic.all(of: await repository.compile()).filter { $0.org != nil && $0.hasForeignLabels }
  }

  @Test func ownViewerSeesNothingOfOthers() async throws {
    let found = try await shown()
    #expect(!found.isEmpty)
    for diagnostic in found {
      let org = try #require(diagnostic.org)
      let excerpt = try #require(diagnostic.excerpt(within: .organization(org)))
      #expect(excerpt.path.hasPrefix("orgs/\(org)/"))
      #expect(diagnostic.message(within: .everywhere) == diagnostic.diagnostic.message)
      let message = diagnostic.message(within: .organization(org))
      #expect(message != diagnostic.diagnostic.message && message.contains("what you may not see"))
      #expect(diagnostic.help(within: .organization(org)) == nil)
    }
  }
}
