package import ConfigModel

/// Role of a path in a configuration repository.
package enum PathRole: Sendable, Equatable {
  /// `platform.yaml`.
  case platform
  /// A file in `roles/`.
  case roles
  /// A file in `users/`.
  case globalUsers
  /// An organization's `organization.yaml`.
  case organization
  /// A file in an organization's `users/`.
  case organizationUsers
  /// A file in an organization's `keys/`.
  case keys
  /// A file in an organization's `relays/`.
  case relays
  /// `.wpexignore`.
  case ignoreFile
  /// A YAML file in a place where none belongs.
  case misplaced
  /// A file that the compiler does not read.
  case unread

  /// The kinds of documents that such a file may contain.
  package var kinds: [Kind] {
    switch self {
    case .platform: [.platform]
    case .roles: [.role]
    case .globalUsers, .organizationUsers: [.user]
    case .organization: [.organization]
    case .keys: [.key]
    case .relays: [.relay]
    case .ignoreFile, .misplaced, .unread: []
    }
  }

  /// Whether the compiler reads such a file.
  package var isRead: Bool { !kinds.isEmpty || self == .ignoreFile }

  /// Determines the role of a path. `ignored` are the globs of `.wpexignore`.
  package init(of path: String, ignored: IgnoreGlobs) {
    switch path {
    case "platform.yaml":
      self = .platform
      return
    case ".wpexignore":
      self = .ignoreFile
      return
    default: break
    }
    let isYAML = path.utf8.suffix(5).elementsEqual(".yaml".utf8)
    guard isYAML || path.utf8.suffix(4).elementsEqual(".yml".utf8) else {
      self = .unread
      return
    }
    // Bytes, not characters: every entry of a large repository passes through here.
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let folders = parts.dropLast()
    let isDocumentation = folders.first.map { $0.elementsEqual("docs".utf8) } ?? false
    // `.gitlab-ci.yml`, `.pre-commit-config.yaml`: Git hosts and tools expect their own files at the root.
    let isOfTool = folders.isEmpty && parts.first?.first == UInt8(ascii: ".")
    if isDocumentation || isOfTool || folders.contains(where: { $0.first == UInt8(ascii: ".") }) || ignored.match(path)
    {
      self = .unread
      return
    }
    guard isYAML, let first = parts.first else {
      self = .misplaced
      return
    }
    if first.elementsEqual("orgs".utf8) {
      self = Self.insideOrganization(parts.dropFirst(2))
    } else if parts.count == 2, first.elementsEqual("roles".utf8) {
      self = .roles
    } else if parts.count == 2, first.elementsEqual("users".utf8) {
      self = .globalUsers
    } else {
      self = .misplaced
    }
  }

  /// Returns the role of a YAML file by the part of its path after `orgs/<org>/`.
  private static func insideOrganization(_ parts: ArraySlice<Substring.UTF8View>) -> PathRole {
    guard let first = parts.first else { return .misplaced }
    switch parts.count {
    case 1: return first.elementsEqual("organization.yaml".utf8) ? .organization : .misplaced
    case 2:
      if first.elementsEqual("keys".utf8) { return .keys }
      if first.elementsEqual("relays".utf8) { return .relays }
      return first.elementsEqual("users".utf8) ? .organizationUsers : .misplaced
    default: return .misplaced
    }
  }

  /// Returns where a document of `kind` belongs, as messages name the place.
  package static func place(of kind: Kind, in organization: String?) -> String {
    let org = organization ?? "<org>"
    switch kind {
    case .platform: return "platform.yaml"
    case .role: return "roles/"
    case .organization: return "orgs/\(org)/organization.yaml"
    case .user: return organization == nil ? "users/ or orgs/<org>/users/" : "orgs/\(org)/users/"
    case .key: return "orgs/\(org)/keys/"
    case .relay: return "orgs/\(org)/relays/"
    }
  }
}
