import ContinuousIntegration
import FoundationEssentials
import TestSupport
import Testing

/// The compiled-in files are those of deploy/ci.
@Suite struct CITemplateTests {
  private static let files: [(String, CITemplate?)] = [
    ("github/wpex.yml", CITemplate.github.first), ("github/wpex-report.yml", CITemplate.github.last),
    ("gitlab/wpex.gitlab-ci.yml", CITemplate.gitlab.first), ("pre-receive", CITemplate.preReceive),
  ]

  @Test(arguments: files)
  func isTheFileOfDeploy(_ path: String, _ template: CITemplate?) throws {
    let template = try #require(template)
    let file = try #require(FileManager.default.contents(atPath: "\(packageRoot)/deploy/ci/\(path)"))
    #expect(template.text == String(decoding: file, as: UTF8.self))
  }

  @Test(arguments: CITemplate.github + CITemplate.gitlab)
  func namesTheImage(_ template: CITemplate) {
    let named = template.naming(image: "ghcr.io/nordsud/ci@sha256:1234")
    #expect(!named.text.contains("registry.example"))
    #expect(named.text.ranges(of: "ghcr.io/nordsud/ci@sha256:1234").count >= 1)
  }
}
