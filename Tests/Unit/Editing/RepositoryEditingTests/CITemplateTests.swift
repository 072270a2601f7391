import RepositoryEditing
import FoundationEssentials
import TestSupport
import Testing

/// The compiled-in files are those of deploy/ci.
@Suite struct CITemplateTests {
  private static let files: [String: CITemplate] = {
    var files: [String: CITemplate] = [:]
    for template in CITemplate.github {
      files["github/\(template.path.split(separator: "/").last ?? "")"] = template
    }
    for template in CITemplate.gitlab { files["gitlab/wpex\(template.path)"] = template }
    return files
  }()

  @Test(arguments: ["github/wpex.yml", "github/wpex-report.yml", "gitlab/wpex.gitlab-ci.yml"])
  func isTheFileOfDeploy(_ path: String) throws {
    let template = try #require(Self.files[path])
    let file = try #require(FileManager.default.contents(atPath: "\(packageRoot)/deploy/ci/\(path)"))
    #expect(template.text == String(decoding: file, as: UTF8.self))
  }

  @Test(arguments: ["github/wpex.yml", "github/wpex-report.yml", "gitlab/wpex.gitlab-ci.yml"])
  func namesTheImage(_ path: String) throws {
    let named = try #require(Self.files[path]).naming(image: "ghcr.io/nordsud/ci@sha256:1234")
    #expect(!named.text.contains("registry.example"))
    #expect(named.text.contains("ghcr.io/nordsud/ci@sha256:1234"))
  }
}
