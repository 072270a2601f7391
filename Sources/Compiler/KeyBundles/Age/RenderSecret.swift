/// An installation's secret that makes its key bundles reproducible.
///
/// A holder of the secret can decrypt every bundle whose content they can guess, so it must be protected like an
/// identity.
package struct RenderSecret: Sendable, CustomStringConvertible, CustomReflectable {
  /// Minimum length, in bytes.
  package static let minimumLength = 32

  /// The secret, at least 32 bytes.
  let bytes: SecretBytes

  /// Copies a secret, which is used as it is.
  ///
  /// - Parameter bytes: At least 32 uniformly random bytes. The caller wipes them.
  /// - Throws: `invalidRenderSecret` if there are fewer.
  package init(bytes: [UInt8]) throws(KeyBundleError) {
    guard bytes.count >= Self.minimumLength else {
      throw KeyBundleError(
        .invalidRenderSecret,
        "a render secret must have at least \(Self.minimumLength) bytes, this one has \(bytes.count); create one with "
          + "`openssl rand 32`")
    }
    self.bytes = SecretBytes(copying: bytes)
  }

  package var description: String { "render secret" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
