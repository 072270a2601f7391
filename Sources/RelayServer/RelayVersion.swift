/// What `--version` and the metrics say.
package enum RelayVersion {
  package static let text = "0.3.0"
}
