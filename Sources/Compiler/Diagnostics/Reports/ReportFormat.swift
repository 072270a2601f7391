import TextFormats

/// Formats of a diagnostic report.
package enum ReportFormat: String, Sendable, CaseIterable {
  case text
  case json
  case sarif
  case github
  case gitlab
  case junit

  /// Description of the format, as a phrase for help texts.
  package var summary: String {
    switch self {
    case .text: "for people, with the lines concerned"
    case .json: "one JSON object"
    case .sarif: "SARIF 2.1.0, for code scanning"
    case .github: "workflow commands of GitHub Actions"
    case .gitlab: "a Code Quality report of GitLab"
    case .junit: "a JUnit report"
    }
  }
}
