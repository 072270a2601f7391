import SyncService
import AuditLog
import AuditStores
import ConfigCompiler
import ConfigModel
import FoundationEssentials
@testable import GitStore
import KeyBundles
import RepositorySupport
import SyncEngine
import DeploymentPlanning
import Synchronization
import TestSupport

/// What opens organizations' identities, as the platform's file says when it is read.
final class PlatformIdentities: Sendable {
  private let identities = Mutex<[AgeIdentity]?>(nil)

  /// Nil leaves the ones that a daemon started with.
  var current: [AgeIdentity]? {
    get { identities.withLock { $0 } }
    set { identities.withLock { $0 = newValue } }
  }
}

/// A region of sample-repo with a target, states and an audit log that outlive reconcilers, as they outlive daemons.
actor RegionWorld {
  static let region = "eu-south"
  static let now = "2026-11-23T00:00:00Z"

  let target = MemoryTarget()
  let states = MemoryStates()
  let audit: any AuditStore
  nonisolated let platform = PlatformIdentities()
  private var reconciler: Reconciler?
  private var compilations: [String: Compilation] = [:]
  private var repositories: [String: MemoryRepository] = [:]
  private var time = Timestamp(now)?.unixSeconds ?? 0

  init(folder: String) throws { audit = try SQLiteAuditStore(path: "\(folder)/audit.sqlite") }

  static func sample() async throws -> MemoryRepository {
    let folder = try WorkingFolder(at: packageRoot + "/sample-repo")
    let tree = try folder.tree()
    let contents = try await folder.contents(of: tree.entries)
    var repository = MemoryRepository()
    for entry in tree.entries { repository.set(entry.path, contents[entry.path] ?? []) }
    return repository
  }

  static let renderOptions = Renderer.Options(
    renderSecret: try? RenderSecret(bytes: Array(repeating: 7, count: 32)), allowsDemonstrationIdentities: true)

  /// The daemon ends; the next pass is that of a new one.
  func restart() { reconciler = nil }

  var now: String { Timestamp(unixSeconds: time).description }

  /// Takes a commit out of the repository, as a rewritten history does.
  func forget(_ id: String) { repositories[id] = nil }

  func shift(days: Int) { time += Int64(days) * 86_400 }

  /// Passes over a repository's content as a commit of the name `id`.
  func pass(
    _ repository: MemoryRepository, as id: String, reusing earlier: Compilation? = nil, base: Compilation? = nil
  ) async throws -> (summary: PassSummary, compilation: Compilation) {
    let compilation = await repository.compile(
      now: Timestamp(unixSeconds: time).description, reusing: earlier, base: base)
    compilations[id] = compilation
    repositories[id] = repository
    let summary = try await current().reconcile(Self.commit(id), compilation)
    return (summary, compilation)
  }

  /// Compiles a commit again, as it was judged at a moment.
  private func compile(_ id: String, _ time: Int64?) async throws -> Compilation {
    guard let repository = repositories[id] else { throw GitStoreError(.unknownRevision, "there is no commit \(id)") }
    return await repository.compile(now: Timestamp(unixSeconds: time ?? self.time).description)
  }

  func drift(_ id: String) async throws -> DriftReport { try await current().correctDrift(Self.commit(id)) }

  private func current() throws -> Reconciler {
    if let reconciler { return reconciler }
    var options = Reconciler.Options(
      render: Self.renderOptions, platformIdentities: [try DemonstrationIdentities.identity(named: "platform")])
    options.followPlatformIdentities = { [platform] in platform.current }
    let made = Reconciler(
      region: Self.region, target: target, audit: audit, states: states, options: options,
      compilation: { try await self.compile($0, $1) }, now: { [time] in time * 1_000 })
    reconciler = made
    return made
  }

  func actions() async throws -> [AuditAction] {
    try await audit.records(from: 1, limit: 10_000).compactMap { $0.entry?.action }
  }

  static func commit(_ id: String) -> CommitInfo {
    let somebody = CommitInfo.Signature(name: "Anna", email: "anna@example.org", time: 0)
    return CommitInfo(id: id, author: somebody, committer: somebody, summary: "", parents: [])
  }

  /// Digests of what a compilation declares for an organization.
  static func declared(_ org: String, in compilation: Compilation) throws -> [String: String] {
    guard let unit = compilation.unit(named: org) else { return [:] }
    let objects = try Renderer(compilation, options: renderOptions).objects(of: unit, in: region)
    return Dictionary(objects.map { ("\(ObjectID($0.manifest))", $0.digest) }) { first, _ in first }
  }
}
