import AuditLog
import ConfigCompiler
import ConfigModel
import Diagnostics
import GitStore
import SyncEngine

/// Steps 1 to 3, fetch, verify and compile: which commit is in force.
extension SyncService {
  /// A commit that was verified and whose platform has no errors: every region follows it.
  struct InForce {
    let commit: CommitInfo
    var compilation: Compilation
    /// The user who signed it, if a signature was required.
    let signer: String?
  }

  /// The newest commit of the branch.
  struct Fetched {
    let commit: CommitInfo
    /// Whether the last pass found another one.
    let isNews: Bool
  }

  /// Compares the audit log with what the regions' states remember of it, before anything is appended.
  ///
  /// - Throws: `AuditError(.changed)` if it is another log or went back, or what the state store throws.
  func compareLog() async throws {
    guard !isLogCompared else { return }
    for region in try await acceptance.current()?.regions ?? [] where regions?.contains(region) ?? true {
      _ = try await reconciler(of: region).current()
    }
    isLogCompared = true
  }

  /// Step 1: fetches the branch.
  ///
  /// - Returns: Nil if the newest commit is in force, or is known not to come into force.
  /// - Throws: `GitStoreError` if it cannot be fetched.
  func fetch() async throws -> Fetched? {
    pulse.begin("fetching the repository", within: options.passTimeout)
    let commit = try await source.newest()
    let isNews = commit.id != condition.head?.id
    condition.head = commit
    if commit.id == inForce?.commit.id {
      refusal = nil
      return nil
    }
    if let refusal, refusal.commit == commit.id {
      if inForce == nil { try await restore() }
      return nil
    }
    if isNews { onEvent(.fetched(commit, source: source.description)) }
    return Fetched(commit: commit, isNews: isNews)
  }

  /// Step 2: verifies that a commit descends from the accepted one and was made by users who may make it.
  ///
  /// - Throws: `CommitAcceptance.Refusal` if it does not count, which is recorded; `GitStoreError` or `AuditError`.
  func verify(_ fetched: Fetched) async throws -> CommitAcceptance.Verified {
    let commit = fetched.commit
    pulse.begin("verifying commit \(commit.id.prefix(12))", within: options.passTimeout)
    do {
      return try await acceptance.verify(commit)
    } catch let refused as CommitAcceptance.Refusal {
      if fetched.isNews { onEvent(.refused(commit, reason: refused.description)) }
      try await record(
        refused.action, key: Self.key(refused.action, commit), commit: commit.id, detail: refused.description)
      throw refused
    }
  }

  /// Step 3: compiles a verified commit, which is then accepted and in force unless its platform has errors.
  ///
  /// - Throws: `GitStoreError`, `AuditError`, or what the state store throws.
  func compile(_ verified: CommitAcceptance.Verified) async throws {
    let commit = verified.commit
    pulse.begin("compiling commit \(commit.id.prefix(12))", within: options.passTimeout)
    // In a collision, an organization keeps what it has in the commit in force.
    let compilation =
      if let inForce {
        try await compiler.compile(commit, now: now() / 1_000, base: inForce.compilation)
      } else {
        try await compiler.compileAfterStart(commit, now: now() / 1_000)
      }
    onEvent(.compiled(commit, compilation))
    guard compilation.faults != .platform else { return try await refuse(commit, compilation) }
    refusal = nil
    try await acceptance.accept(verified, regions: own(compilation))
    if let basis = verified.basis { onEvent(.trusted(commit, basis: basis)) }
    bringIntoForce(InForce(commit: commit, compilation: compilation, signer: verified.signer))
  }

  /// Reports a commit whose platform has errors; what was in force stays.
  private func refuse(_ commit: CommitInfo, _ compilation: Compilation) async throws {
    let errors = compilation.diagnostics.count { $0.severity == .error }
    let reason =
      "the platform has \(errors) \(errors == 1 ? "error" : "errors"); everything stays at its last good state"
    onEvent(.refused(commit, reason: reason))
    try await record(.rejectedInvalid, key: "invalid/\(commit.id)", commit: commit.id, detail: reason)
    refusal = (commit.id, reason)
    if inForce == nil { try await restore() }
  }

  /// After a start, brings the accepted commit into force if the newest one cannot be had or does not count.
  ///
  /// - Throws: `GitStoreError`, or what the state store throws.
  func restore() async throws {
    guard inForce == nil, let id = try await acceptance.current()?.commit else { return }
    let commit = try await source.repository.commit(id)
    let compilation = try await compiler.compileAfterStart(commit, now: now() / 1_000)
    guard compilation.faults != .platform else { return }
    bringIntoForce(InForce(commit: commit, compilation: compilation, signer: nil))
  }

  private func bringIntoForce(_ current: InForce) {
    inForce = current
    condition.organizations = Self.organizations(of: current.compilation)
    condition.endpoints = Self.endpoints(in: current.compilation)
    onEvent(.accepted(current.commit, current.compilation))
  }

  /// The commit in force, compiled as of today: keys expire between commits.
  ///
  /// - Throws: `GitStoreError` if it cannot be read.
  func compiled(_ current: InForce, on today: CivilDate) async throws -> Compilation {
    guard today != current.compilation.now.day else { return current.compilation }
    let compilation = try await compiler.compile(
      current.commit, now: now() / 1_000, base: current.compilation)
    // If the platform has errors by the passing of time alone, what was in force stays, and expired keys leave it.
    guard compilation.faults != .platform else { return current.compilation }
    inForce?.compilation = compilation
    condition.organizations = Self.organizations(of: compilation)
    condition.endpoints = Self.endpoints(in: compilation)
    onEvent(.accepted(current.commit, compilation))
    return compilation
  }

  private static func key(_ action: AuditAction, _ commit: CommitInfo) -> String {
    switch action {
    case .rejectedUnsigned: "unsigned/\(commit.id)"
    case .rejectedUnauthorized: "unauthorized/\(commit.id)"
    default: "rejected/\(commit.id)"
    }
  }

  private static func endpoints(in compilation: Compilation) -> [String: [String: DeclaredEndpoint]] {
    guard let platform = compilation.platform.platform?.spec else { return [:] }
    var endpoints: [String: [String: DeclaredEndpoint]] = [:]
    for unit in compilation.units {
      for relay in unit.relays {
        for region in relay.spec.regions {
          endpoints[region, default: [:]]["\(unit.name)/\(relay.name)"] = platform.endpoint(
            of: relay.name, relay.spec, org: unit.name, in: region)
        }
      }
    }
    return endpoints
  }

  private static func organizations(of compilation: Compilation) -> [OrganizationCondition] {
    let faults = compilation.faults
    return compilation.units.map { unit in
      OrganizationCondition(
        org: unit.name, relays: unit.relays.count, keys: unit.keys.count,
        errors: compilation.errors(of: unit.name), isPinned: faults.contain(unit.name))
    }
  }
}
