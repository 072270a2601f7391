/// Arguments of a relay's container that targets read again.
package enum RelayArguments {
  /// Beginning of an argument with a public key of which one must have signed the relay's files.
  package static let verifierKey = "--verifier-key="
}
