package import ConfigModel

/// What a path means in a config repository.
package enum PathRole: Sendable, Equatable {
  case platform
  case roles
  case globalUsers
  case organization
  case organizationUsers
  case keys
  case relays
  /// `.wpexignore`.
  case ignoreFile
  /// A YAML file where none belongs.
  case misplaced
  /// Nothing that the compiler reads.
  case unread

  /// The kinds whose documents may stand in such a file.
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

  package var isRead: Bool { !kinds.isEmpty || self == .ignoreFile }

  /// The role of a path; `ignored` are the globs of `.wpexignore`.
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
    // Bytes, not characters: every entry of a large repository passes here.
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let folders = parts.dropLast()
    let isDocumentation = folders.first.map { $0.elementsEqual("docs".utf8) } ?? false
    // `.gitlab-ci.yml`, `.pre-commit-config.yaml`: hosts and tools look for their own at the root.
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

  /// The role of a YAML file by what follows `orgs/<org>/`.
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

  /// Where a document of `kind` belongs.
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

/// The globs of `.wpexignore`: one a line (LF or CRLF), `#` begins a comment, `*` and `?` stay within a folder, `**` does not, and
/// a glob that ends in `/` means everything below.
package struct IgnoreGlobs: Sendable, Equatable {
  private let globs: [[UInt8]]

  package init(_ text: String = "") {
    // Scalars, not characters: CR LF is one character, and other line breaks are none for reviewers.
    globs = text.unicodeScalars.split(separator: "\n").compactMap { line in
      let glob = Substring(line.last == "\r" ? line.dropLast() : line).drop { $0 == " " || $0 == "\t" }
      guard !glob.isEmpty, !glob.hasPrefix("#") else { return nil }
      let trimmed = glob.hasPrefix("/") ? glob.dropFirst() : glob
      return Array((trimmed.hasSuffix("/") ? trimmed + "**" : trimmed).utf8)
    }
  }

  package func match(_ path: String) -> Bool {
    guard !globs.isEmpty else { return false }
    let path = Array(path.utf8)
    return globs.contains { Self.matches($0, path) }
  }

  /// Whether the whole of `path` matches. For each part of the glob, a table says which positions of the path can be
  /// reached, so no glob takes more than |glob| × |path| steps.
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
