import CRepositoryTemplates

/// A file that makes a Git host check the changes of a config repository.
///
/// deploy/ci holds the files themselves; they are compiled in, so that `wpex init` writes the very same.
package struct CITemplate: Sendable, Equatable {
  /// Where it belongs, from the config repository's root.
  package let path: String
  /// What it says, with ``imagePlaceholder`` for the image that jobs run in.
  package let text: String

  /// The image that the files name until somebody names another.
  package static let imagePlaceholder = "registry.example/wpex-ci:1"

  /// Workflows of GitHub Actions: the checks, and the report that comments.
  package static let github = [
    CITemplate(path: ".github/workflows/wpex.yml", text: text(wpex_ci_github_checks)),
    CITemplate(path: ".github/workflows/wpex-report.yml", text: text(wpex_ci_github_report)),
  ]

  /// The pipeline of GitLab CI.
  package static let gitlab = [CITemplate(path: ".gitlab-ci.yml", text: text(wpex_ci_gitlab))]

  /// The hook of a bare repository. It belongs to the server, not into the config repository, and must be executable.
  package static let preReceive = CITemplate(path: "hooks/pre-receive", text: text(wpex_ci_pre_receive))

  /// The file with another image.
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
