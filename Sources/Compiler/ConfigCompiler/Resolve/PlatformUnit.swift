package import ConfigModel
import ConfigSchema
import Diagnostics

/// Declarations outside the organizations' folders: the platform, custom roles and global users.
package struct PlatformUnit: Sendable {
  /// Files with documents, by path.
  package let files: [String: ParsedFile]
  /// Files that declare nothing, by path.
  let scanned: [String: ScannedFile]
  /// The platform; nil if it is missing or could not be decoded.
  package let platform: Declared<PlatformSpec>?
  /// Custom roles, sorted by name.
  package let roles: [Declared<RoleSpec>]
  /// Global users, sorted by name.
  package let users: [Declared<UserSpec>]
  /// Kinds of which a document could not be decoded, so that a missing name of that kind proves nothing.
  let incompleteKinds: Set<Kind>
  /// Globs of `.wpexignore`.
  package let ignored: IgnoreGlobs
  /// Content identity of `.wpexignore`; nil if the tree has no such file, or no identities.
  let ignoreFile: ContentIdentity?
  /// Names of and beside organizations' folders that some file systems treat as the same.
  let collisions: [PathCollision]
  /// The operator's rules; nil if the platform has none.
  let rules: RuleBook?
  /// Problems of these files by themselves.
  let diagnostics: [Diagnostic]

  init(
    files: [ParsedFile], scanned: [String: ScannedFile], hasPlatformFile: Bool, ignored: IgnoreGlobs,
    ignoreFile: ContentIdentity?, treeDiagnostics: [Diagnostic], collisions: [PathCollision], reusing known: RuleBook?
  ) {
    var report = Report()
    var incompleteKinds: Set<Kind> = []
    var platforms: [(resource: Resource<PlatformSpec>, source: SourceDocument)] = []
    var roles: [(resource: Resource<RoleSpec>, source: SourceDocument)] = []
    var users: [(resource: Resource<UserSpec>, source: SourceDocument)] = []
    for file in files {
      if file.isIncomplete { incompleteKinds.formUnion(PathRole(of: file.source.path, ignored: ignored).kinds) }
      for document in file.documents {
        switch document.declaration {
        case .platform(let resource): platforms.append((resource, document.source))
        case .role(let resource): roles.append((resource, document.source))
        case .user(let resource): users.append((resource, document.source))
        case .organization, .key, .relay: break
        }
        if let org = document.declaration.metadata.org {
          report.add(
            .organizationMismatch, "the document says it belongs to `\(org)`, but it is outside orgs/\(org)/",
            at: Place(document.source, ["metadata", "org"]), help: "move it to orgs/\(org)/, or remove `org`")
        }
      }
    }
    for extra in platforms.dropFirst() {
      report.add(
        .severalOfOneKind, "platform.yaml contains a second Platform", at: Place(extra.source, .name),
        related: [Place(platforms[0].source, .name, "the first one")], help: "keep one of them")
    }
    if !hasPlatformFile || (platforms.isEmpty && !incompleteKinds.contains(.platform)) {
      report.add(
        Diagnostic(
          .missingPlatform, "the repository has no platform.yaml with a document of kind Platform",
          at: Diagnostic.Label(SourceLocation(path: "platform.yaml", range: .fileStart)),
          help: "add it at the repository's root; `wpex explain Platform` shows an example"))
      incompleteKinds.insert(.platform)
    }
    let rules = RuleBook.make(of: platforms.first?.resource.spec.rules ?? [], reusing: known)
    self.rules = rules
    self.files = Dictionary(files.map { ($0.source.path, $0.evaluated(by: rules)) }) { first, _ in first }
    platform = platforms.first.map { Declared(resource: $0.resource, source: $0.source) }
    self.roles = declared(roles, &report)
    self.users = declared(users, &report)
    self.incompleteKinds = incompleteKinds
    self.ignored = ignored
    self.ignoreFile = ignoreFile
    self.collisions = collisions
    self.scanned = scanned
    diagnostics =
      treeDiagnostics + scanned.values.flatMap(\.diagnostics) + files.flatMap(\.diagnostics) + report.diagnostics
  }

  /// Returns the built-in or custom role called `name`; nil if there is none.
  package func role(_ name: String) -> RoleSpec? {
    BuiltInRole(rawValue: name)?.spec ?? roles.first { $0.name == name }?.spec
  }

  /// Names of all roles, built-in ones first.
  package var roleNames: [String] { BuiltInRole.allCases.map(\.rawValue) + roles.map(\.name) }
}
