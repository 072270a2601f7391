extension RelayOptions {
  /// Checks the flags whose text is otherwise read late, or only if the configuration does not overrule it.
  ///
  /// - Throws: `RelayServerError` of kind `usage` for a flag that the command line must correct, `invalid` for an address of a
  ///   cluster.
  func validate() throws(RelayServerError) {
    for (index, text) in verifierKeys.enumerated() where DeclarationVerifier.key(text) == nil {
      let which = verifierKeys.count == 1 ? "" : " (number \(index + 1) is not one)"
      throw RelayServerError(
        .usage,
        "--verifier-key needs an Ed25519 public key: 32 bytes in base64, as `wpex identity signing-key` prints it\(which)"
      )
    }
    if let cluster { _ = try ClusterSettings(cluster) }
  }
}
