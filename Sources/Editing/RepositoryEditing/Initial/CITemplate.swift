import CRepositoryTemplates

/// A file with which a Git host checks changes of a config repository.
///
/// The files are in deploy/ci and are compiled in, so that `wpex init` writes identical ones.
package struct CITemplate: Sendable, Equatable {
  /// The path relative to the config repository's root.
  package let path: String
  /// The content, with ``imagePlaceholder`` as the jobs' image.
  package let text: String

  /// The image in the files until it is replaced.
  package static let imagePlaceholder = "registry.example/wpex-ci:1"

  /// Workflows for GitHub Actions: the checks, and the report that posts a comment.
  package static let github = [
    CITemplate(path: ".github/workflows/wpex.yml", text: text(wpex_ci_github_checks)),
    CITemplate(path: ".github/workflows/wpex-report.yml", text: text(wpex_ci_github_report)),
  ]

  /// The pipeline for GitLab CI.
  package static let gitlab = [CITemplate(path: ".gitlab-ci.yml", text: text(wpex_ci_gitlab))]

  /// Returns the file with another image.
  ///
  /// - Parameter image: a reference that the host's runners can pull.
  package func naming(image: String) -> CITemplate {
    CITemplate(path: path, text: text.replacing(Self.imagePlaceholder, with: image))
  }

  private static func text(_ file: (UnsafeMutablePointer<Int>?) -> UnsafePointer<UInt8>?) -> String {
    var count = 0
    guard let bytes = file(&count) else { return "" }
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }
}
