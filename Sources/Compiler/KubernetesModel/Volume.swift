/// Files for the containers of a pod, which mount them by `name`. Exactly one source is set.
package struct Volume: Encodable, Sendable, Equatable {
  /// Name, unique in the pod.
  package let name: String
  /// A Secret's entries.
  package let secret: SecretSource?
  /// Entries of several Secrets.
  package let projected: Projection?
  /// An initially empty directory.
  package let emptyDir: EmptyDirectory?

  /// Returns a volume with the entries of one Secret.
  package static func secret(_ source: SecretSource, name: String) -> Volume {
    Volume(name: name, secret: source, projected: nil, emptyDir: nil)
  }

  /// Returns a volume with the entries of several Secrets side by side.
  package static func projected(_ projection: Projection, name: String) -> Volume {
    Volume(name: name, secret: nil, projected: projection, emptyDir: nil)
  }

  /// Returns a volume that is initially empty and is deleted with the pod.
  package static func emptyDir(_ directory: EmptyDirectory = EmptyDirectory(), name: String) -> Volume {
    Volume(name: name, secret: nil, projected: nil, emptyDir: directory)
  }

  /// A Secret as the source of a volume.
  package struct SecretSource: Encodable, Sendable, Equatable {
    /// Name of the Secret.
    package var secretName: String
    /// Permission bits of the files, which JSON has in decimal: 0o440 is 288. Nil means 0o644.
    package var defaultMode: Int?
    /// The entries that become files; empty means all of them under their own names.
    package var items: [Item]
    /// Whether the pod starts without the Secret; nil means no.
    package var optional: Bool?

    package init(secretName: String, defaultMode: Int? = nil, items: [Item] = [], optional: Bool? = nil) {
      self.secretName = secretName
      self.defaultMode = defaultMode
      self.items = items
      self.optional = optional
    }
  }

  /// An entry of a Secret, and its file relative to the mount.
  package struct Item: Encodable, Sendable, Equatable {
    /// Key of the entry.
    package var key: String
    /// Relative path of the file.
    package var path: String

    package init(key: String, path: String) {
      self.key = key
      self.path = path
    }
  }

  /// Several sources in one volume.
  package struct Projection: Encodable, Sendable, Equatable {
    /// Permission bits of the files, as in ``SecretSource/defaultMode``.
    package var defaultMode: Int?
    /// The sources, side by side.
    package var sources: [ProjectedSource]

    package init(defaultMode: Int? = nil, sources: [ProjectedSource]) {
      self.defaultMode = defaultMode
      self.sources = sources
    }
  }

  /// A source of a projected volume.
  package struct ProjectedSource: Encodable, Sendable, Equatable {
    /// The Secret to project.
    package var secret: ProjectedSecret

    package init(secret: ProjectedSecret) { self.secret = secret }
  }

  /// A Secret as a source of a projected volume.
  package struct ProjectedSecret: Encodable, Sendable, Equatable {
    /// Name of the Secret.
    package var name: String
    /// The entries that become files; empty means all of them under their own names.
    package var items: [Item]
    /// Whether the pod starts without the Secret; nil means no.
    package var optional: Bool?

    package init(name: String, items: [Item] = [], optional: Bool? = nil) {
      self.name = name
      self.items = items
      self.optional = optional
    }
  }

  /// A directory that begins empty.
  package struct EmptyDirectory: Encodable, Sendable, Equatable {
    /// Storage of an empty directory.
    package enum Medium: String, Encodable, Sendable {
      /// A tmpfs, which counts towards the containers' memory.
      case memory = "Memory"
    }

    /// Storage; nil means the node's disk.
    package var medium: Medium?
    /// Maximum size as a quantity, such as `16Mi`; nil for none.
    package var sizeLimit: String?

    package init(medium: Medium? = nil, sizeLimit: String? = nil) {
      self.medium = medium
      self.sizeLimit = sizeLimit
    }
  }
}
