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

/// Globs of `.wpexignore`.
///
/// Each line (LF or CRLF) is a glob, or a comment that begins with `#`. `*` and `?` match within a folder, `**` also
/// across folders, and a glob that ends in `/` matches everything below.
package struct IgnoreGlobs: Sendable, Equatable {
  private let globs: [[UInt8]]

  /// Parses the text of `.wpexignore`.
  package init(_ text: String = "") {
    // Scalars, not characters: CR LF is one character, and to reviewers other line breaks do not end a line.
    globs = text.unicodeScalars.split(separator: "\n").compactMap { line in
      let glob = Substring(line.last == "\r" ? line.dropLast() : line).drop { $0 == " " || $0 == "\t" }
      guard !glob.isEmpty, !glob.hasPrefix("#") else { return nil }
      let trimmed = glob.hasPrefix("/") ? glob.dropFirst() : glob
      return Array((trimmed.hasSuffix("/") ? trimmed + "**" : trimmed).utf8)
    }
  }

  /// Returns whether any glob matches the whole of `path`.
  package func match(_ path: String) -> Bool {
    guard !globs.isEmpty else { return false }
    let path = Array(path.utf8)
    return globs.contains { Self.matches($0, path) }
  }

  /// Returns whether a glob matches the whole of `path`.
  ///
  /// For each part of the glob, a table records which positions of the path are reachable, so no glob takes more than
  /// |glob| × |path| steps.
  private static func matches(_ glob: [UInt8], _ path: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var reachable = [Bool](repeating: false, count: path.count + 1)
    reachable[0] = true
    var index = 0
    while index < glob.count {
      let isDouble = glob[index] == star && index + 1 < glob.count && glob[index + 1] == star
      var next = [Bool](repeating: false, count: path.count + 1)
      if glob[index] == star {
        var isOpen = false
        for position in 0...path.count {
          if reachable[position] { isOpen = true }
          next[position] = isOpen
          if position < path.count, !isDouble, path[position] == UInt8(ascii: "/") { isOpen = false }
        }
      } else {
        for position in 0..<path.count where reachable[position] {
          let byte = path[position]
          let isMatch = glob[index] == UInt8(ascii: "?") ? byte != UInt8(ascii: "/") : glob[index] == byte
          if isMatch { next[position + 1] = true }
        }
      }
      reachable = next
      index += isDouble ? 2 : 1
    }
    return reachable[path.count]
  }
}
