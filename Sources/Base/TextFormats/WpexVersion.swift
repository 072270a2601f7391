/// The version of every program of the project: `--version`, reports and metrics say it.
package enum WpexVersion {
  package static let text = "0.3.0"
}
