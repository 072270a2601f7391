/// A container image by tag, by digest (which always means the same image), or both.
package struct Image: Sendable, Equatable {
  /// Registry and path, such as `ghcr.io/wpex/wpex-relay`.
  package var repository = ""
  /// Tag; nil if only the digest is given.
  package var tag: String?
  /// Digest, `sha256:…`; nil if only the tag is given.
  package var digest: String?

  package init() {}

  /// The reference in Kubernetes' form: `REPOSITORY:TAG@DIGEST`, without the missing parts.
  package var reference: String {
    repository + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}
