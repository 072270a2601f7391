/// The version of the configuration language that this program reads.
package let languageVersion = "wpex.io/v1alpha1"

/// The part of a document that is common to all kinds.
package struct Metadata: Sendable, Equatable {
  /// Name, unique for its kind and organization: an RFC 1123 label of at most 40 characters.
  package var name = ""
  /// Name of the organization, if the document states it. The folder decides in any case.
  package var org: String?
  /// Labels by which selectors find the document.
  package var labels: [String: String] = [:]
  /// Notes for people and tools, without effect on the platform.
  package var annotations: [String: String] = [:]

  package init() {}
}

/// A decoded document: metadata and spec.
package struct Resource<Spec: ResourceSpec>: Sendable, Equatable {
  /// Name and labels.
  package var metadata: Metadata
  /// Desired state.
  package var spec: Spec

  package init(metadata: Metadata, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Name from the metadata.
  package var name: String { metadata.name }
}

/// The spec of one document kind.
package protocol ResourceSpec: Sendable, Equatable {
  /// The kind whose spec this is.
  static var kind: Kind { get }
  /// Makes a spec that holds the default of every field.
  init()
  /// Whether the document is a request that still awaits approval.
  var isPending: Bool { get }
}

extension ResourceSpec {
  package var isPending: Bool { false }
}
