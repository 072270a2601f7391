package import ConfigModel
import ConfigSchema
import Diagnostics

/// What is declared outside the organizations' folders: the platform, custom roles and global users.
package struct PlatformUnit: Sendable {
  /// Its files by their path.
  package let files: [String: ParsedFile]
  /// Files that declare nothing, by their path.
  let scanned: [String: ScannedFile]
  package let platform: Declared<PlatformSpec>?
  package let roles: [Declared<RoleSpec>]
  package let users: [Declared<UserSpec>]
  let incompleteKinds: Set<Kind>
  /// What `.wpexignore` says.
  package let ignored: IgnoreGlobs
  /// The content identity of `.wpexignore`; nil if the tree had no such file, or no identities.
  let ignoreFile: ContentIdentity?
  /// Names beside and of organizations' folders that are one on some file systems.
  let collisions: [PathCollision]
  let diagnostics: [Diagnostic]

  init(
    files: [ParsedFile], scanned: [String: ScannedFile], hasPlatformFile: Bool, ignored: IgnoreGlobs,
    ignoreFile: ContentIdentity?, treeDiagnostics: [Diagnostic], collisions: [PathCollision]
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
        .severalOfOneKind, "platform.yaml holds a second Platform", at: Place(extra.source, .name),
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
    self.files = Dictionary(files.map { ($0.source.path, $0) }) { first, _ in first }
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

  /// What a role of this name permits, built in or declared; nil where there is none.
  package func role(_ name: String) -> RoleSpec? {
    BuiltInRole(rawValue: name)?.spec ?? roles.first { $0.name == name }?.spec
  }

  package var roleNames: [String] { BuiltInRole.allCases.map(\.rawValue) + roles.map(\.name) }
}
