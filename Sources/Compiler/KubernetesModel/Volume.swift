/// Files that containers of a pod mount under `name`.
package struct Volume: Encodable, Sendable, Equatable {
  package let name: String
  package let secret: SecretSource?
  package let projected: Projection?
  package let emptyDir: EmptyDirectory?

  /// A volume with the entries of one secret.
  package static func secret(_ source: SecretSource, name: String) -> Volume {
    Volume(name: name, secret: source, projected: nil, emptyDir: nil)
  }

  /// A volume with the entries of several secrets side by side.
  package static func projected(_ projection: Projection, name: String) -> Volume {
    Volume(name: name, secret: nil, projected: projection, emptyDir: nil)
  }

  /// A volume that begins empty and ends with the pod.
  package static func emptyDir(_ directory: EmptyDirectory = EmptyDirectory(), name: String) -> Volume {
    Volume(name: name, secret: nil, projected: nil, emptyDir: directory)
  }

  package struct SecretSource: Encodable, Sendable, Equatable {
    package var secretName: String
    /// The permission bits of files, written in decimal: 0o440 is 288. nil leaves them at 0o644.
    package var defaultMode: Int?
    /// The entries that become files; empty means all of them under their own names.
    package var items: [Item]
    /// Whether the pod starts without the secret; nil means no.
    package var optional: Bool?

    package init(secretName: String, defaultMode: Int? = nil, items: [Item] = [], optional: Bool? = nil) {
      self.secretName = secretName
      self.defaultMode = defaultMode
      self.items = items
      self.optional = optional
    }
  }

  /// An entry of a secret and the file it becomes, relative to the mount.
  package struct Item: Encodable, Sendable, Equatable {
    package var key: String
    package var path: String

    package init(key: String, path: String) {
      self.key = key
      self.path = path
    }
  }

  package struct Projection: Encodable, Sendable, Equatable {
    /// As in ``SecretSource/defaultMode``.
    package var defaultMode: Int?
    package var sources: [ProjectedSource]

    package init(defaultMode: Int? = nil, sources: [ProjectedSource]) {
      self.defaultMode = defaultMode
      self.sources = sources
    }
  }

  package struct ProjectedSource: Encodable, Sendable, Equatable {
    package var secret: ProjectedSecret

    package init(secret: ProjectedSecret) { self.secret = secret }
  }

  package struct ProjectedSecret: Encodable, Sendable, Equatable {
    package var name: String
    package var items: [Item]
    package var optional: Bool?

    package init(name: String, items: [Item] = [], optional: Bool? = nil) {
      self.name = name
      self.items = items
      self.optional = optional
    }
  }

  package struct EmptyDirectory: Encodable, Sendable, Equatable {
    package enum Medium: String, Encodable, Sendable {
      /// A tmpfs, which counts towards the containers' memory.
      case memory = "Memory"
    }

    /// nil means the node's disk.
    package var medium: Medium?
    /// A quantity as in `16Mi`.
    package var sizeLimit: String?

    package init(medium: Medium? = nil, sizeLimit: String? = nil) {
      self.medium = medium
      self.sizeLimit = sizeLimit
    }
  }
}
