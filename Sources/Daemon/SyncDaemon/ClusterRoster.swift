import AuditLog
import ConfigCompiler
import ConfigModel
import FoundationEssentials
import GitStore
import SyncService
import TextFormats

/// The platforms that say which clusters a daemon serves, before any of its sessions has accepted a commit.
///
/// A session decides itself what it applies, so a commit that does not count can only make a daemon connect to a context of its
/// own kubeconfig.
struct ClusterRoster: Sendable {
  let source: any RepositorySource
  let audit: any AuditStore
  let folder: StateFolder
  private let compiler: IncrementalCompiler
  /// The file of the contexts that the daemon has served: a region that left the declaration is pruned after a restart, too.
  private static let file = "clusters.json"

  init(source: any RepositorySource, audit: any AuditStore, folder: StateFolder) {
    self.source = source
    self.audit = audit
    self.folder = folder
    compiler = IncrementalCompiler(source.repository)
  }

  /// Returns the platforms of the newest commit and of the one that was accepted last.
  ///
  /// - Throws: Why neither can be had.
  func platforms() async throws -> [PlatformSpec] {
    var platforms: [PlatformSpec] = []
    var problem: (any Error)?
    do {
      let newest = try await source.newest()
      if let platform = try await platform(of: newest) { platforms.append(platform) }
    } catch {
      problem = error
    }
    if let record = try? await audit.newestRecord(of: .commitAccepted), let id = record.entry?.commit,
      let commit = try? await source.repository.commit(id), let platform = try? await platform(of: commit)
    {
      platforms.append(platform)
    }
    if platforms.isEmpty {
      throw problem ?? SyncDaemonError(.refused, "the platform has errors: `wpex validate` shows them")
    }
    return platforms
  }

  private func platform(of commit: CommitInfo) async throws -> PlatformSpec? {
    let compilation = try await compiler.compile(commit, now: Int64(Date.now.timeIntervalSince1970))
    return compilation.faults == .platform ? nil : compilation.platform.platform?.spec
  }

  /// Contexts that the daemon has served before.
  var remembered: Set<String> {
    let data = FileManager.default.contents(atPath: "\(folder.path)/\(Self.file)")
    let contexts = data.flatMap { try? JSON(parsing: $0) }?["contexts"]?.elements ?? []
    return Set(contexts.compactMap(\.text))
  }

  /// Remembers the contexts of a daemon.
  ///
  /// - Throws: `StateFolder.Refused` if the file cannot be written.
  func remember(_ contexts: Set<String>) throws {
    guard contexts != remembered else { return }
    try folder.write(["contexts": .array(contexts.sorted().map { .string($0) })], to: Self.file)
  }
}
