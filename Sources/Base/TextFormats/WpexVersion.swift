internal import CBuildCommit

/// The version of every program of the project: `--version`, reports and metrics say it.
package enum WpexVersion {
  package static let text = "0.3.0"

  /// The version, and the commit of a program that `scripts/dist` made: `0.3.0 (1f2e…)`.
  package static let withCommit: String = {
    let commit = String(cString: build_commit())
    return commit.isEmpty ? text : "\(text) (\(commit))"
  }()
}
