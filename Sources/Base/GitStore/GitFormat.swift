import CLibgit2

/// The storage format of a repository's objects and references, from `extensions.*` in its configuration
/// (git-config(1)).
struct GitFormat {
  /// Length of an object id in bytes.
  let idLength: Int
  /// The reason why wpex cannot read objects and references; nil if it can.
  let refusal: String?
  /// Whether the repository is a partial clone, whose missing objects the remote holds.
  let isPartial: Bool
  let isShallow: Bool

  init(of repository: GitHandle) {
    func value(_ name: String) -> String? { repository.setting(name)?.lowercased() }
    let object = value("extensions.objectformat") ?? "sha1"
    let references = value("extensions.refstorage") ?? "files"
    idLength = object == "sha256" ? 32 : 20
    isPartial = value("extensions.partialclone") != nil || Self.hasPromisor(repository.pointer)
    isShallow = git_repository_is_shallow(repository.pointer) == 1
    refusal =
      if object != "sha1" {
        "is a Git repository of \(object == "sha256" ? "SHA-256" : "`\(object)`") objects, and wpex reads SHA-1 only: "
          + "`git init --object-format=sha1` creates one that it can read"
      } else if references != "files" {
        "stores its references as `\(references)`, but wpex can read only files: "
          + "`git refs migrate --ref-format=files` converts it"
      } else {
        nil
      }
  }

  /// A remedy for a missing object, for error messages.
  var adviceOnMissing: String {
    isPartial
      ? "This is a partial clone (`git clone --filter`), which lacks what was never checked out: "
        + "`git fetch --refetch --no-filter` fetches the rest"
      : "Run `git fsck`"
  }

  private static func hasPromisor(_ repository: OpaquePointer) -> Bool {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, repository) == 0, let configuration else { return false }
    defer { git_config_free(configuration) }
    var found: OpaquePointer?
    guard git_config_iterator_glob_new(&found, configuration, "^remote\\..*\\.promisor$") == 0, let found else {
      return false
    }
    defer { git_config_iterator_free(found) }
    var entry: UnsafeMutablePointer<git_config_entry>?
    while git_config_next(&entry, found) == 0, let entry {
      if let value = entry.pointee.value, String(cString: value).lowercased() == "true" { return true }
    }
    return false
  }
}
