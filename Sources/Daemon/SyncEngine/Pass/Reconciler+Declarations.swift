import AuditLog
import ConfigCompiler
import ConfigModel
import Diagnostics
import GitStore
import KeyBundles
import DeploymentPlanning

/// Declarations of a commit for a region. An organization that cannot follow the commit is pinned: it stays at its last good
/// state, and affects no other organization.
extension Reconciler {
  /// The declarations of a pass.
  struct Declarations {
    /// The planner's input, by organization.
    var organizations: [String: Planner.Declaration] = [:]
    /// Organizations that stay at their last good state.
    var pinned: Set<String> = []
    /// Reasons why organizations without errors are pinned.
    var failures: [String: String] = [:]
    /// Organizations that are no longer declared and still have objects, as they were declared last.
    var leaving: [String: OrganizationUnit] = [:]
    /// The identities of organizations with objects in the region.
    var identities: [String: OrganizationSecret] = [:]
  }

  /// Returns what a commit declares for each organization, and records which organizations cannot follow it.
  ///
  /// - Throws: `Renderer.Failure` if the platform cannot be rendered, or `AuditError`.
  func declarations(
    _ commit: CommitInfo, _ compilation: Compilation, on today: CivilDate, _ live: [LiveObject]
  ) async throws -> Declarations {
    var result = Declarations()
    let rendering = try rendered.rendering(of: compilation, on: today)
    let faults = compilation.faults
    let present = Set(live.map(\.org))
    for unit in compilation.units {
      if faults.contain(unit.name) {
        try await recordFaults(of: unit.name, commit, compilation)
        try await pin(unit.name, on: today, present, &result)
        continue
      }
      if let failure = rendering.failures[unit.name] {
        try await fail(unit.name, failure.description, commit, &result)
        try await pin(unit.name, on: today, present, &result)
        continue
      }
      guard let objects = rendering.objects[unit.name], !objects.isEmpty else { continue }
      do throws(KeyBundleError) {
        result.identities[unit.name] = try secret(of: unit, in: objects)
      } catch {
        try await fail(
          unit.name, "its identity cannot be unsealed with the platform's: \(error.reason)", commit, &result)
        try await pin(unit.name, on: today, present, &result)
        continue
      }
      do throws(KeyBundleError) {
        result.organizations[unit.name] = .objects(try completing(objects, recipient(of: compilation)))
      } catch {
        try await fail(unit.name, error.reason, commit, &result)
        try await pin(unit.name, on: today, present, &result)
      }
    }
    // After a restart, held and leaving organizations still need their identities.
    for org in present where result.identities[org] == nil && !result.pinned.contains(org) {
      remember(org)
      guard let good = state.lastGood[org], let earlier = await earlier(good) else { continue }
      result.identities[org] = try? identity(of: org, in: earlier, live)
      result.leaving[org] = earlier.unit(named: org)
    }
    return result
  }

  /// Pins an organization to what its last good commit declares as of today: keys that have expired since then leave its
  /// bundles, and drift is corrected. If that commit is unknown, the organization's objects stay as they are.
  private func pin(
    _ org: String, on today: CivilDate, _ present: Set<String>, _ result: inout Declarations
  ) async throws {
    result.pinned.insert(org)
    result.organizations[org] = .pinned
    guard present.contains(org) else { return }
    remember(org)
    guard let good = state.lastGood[org], let earlier = await earlier(good), !earlier.faults.contain(org),
      let unit = earlier.unit(named: org),
      let objects = try? Renderer(earlier, options: options.render, day: today).objects(of: unit, in: region),
      !objects.isEmpty, let identity = try? secret(of: unit, in: objects),
      let completed = try? completing(objects, recipient(of: earlier))
    else { return }
    result.identities[org] = identity
    result.organizations[org] = .objects(completed)
  }

  /// Returns the recipient of the platform's identity.
  func recipient(of compilation: Compilation) -> String { compilation.platform.platform?.spec.recipient ?? "" }

  /// Returns objects with the keys that relays of several regions share, and with those that sign declarations. Without the
  /// platform's identity, the daemon cannot derive the shared keys: the operator supplies them.
  ///
  /// - Throws: `KeyBundleError` if a key cannot be derived, or no key that relays accept is at hand.
  func completing(_ objects: [RenderedObject], _ recipient: String) throws(KeyBundleError) -> [RenderedObject] {
    let identity = platformIdentities.first { $0.recipient.text == recipient }
    var completed: [RenderedObject] = []
    for var object in objects {
      if !object.declarationKeys.isEmpty {
        object.signer = try DeclarationSigner(object.declarationKeys, among: signingKeys)
      }
      if object.origin.isRegional, ObjectID(object.manifest).kind == "Secret", let relay = object.origin.relay {
        object.regionalKey = try identity?.regionalKey(org: object.origin.org, relay: relay)
      }
      completed.append(object)
    }
    return completed
  }

  /// Remembers the applied commit as an organization's last good one, unless one is known already.
  func remember(_ org: String) {
    guard state.lastGood[org] == nil else { return }
    state.lastGood[org] = SyncState.LastGood(commit: state.applied ?? "", time: state.appliedAt.map { $0 / 1_000 })
  }

  /// The compilation of a last good commit as of its own time; nil if it cannot be read.
  private func earlier(_ good: SyncState.LastGood) async -> Compilation? { try? await compilation(of: good) }

  /// Returns the compilation of an organization's last good commit.
  ///
  /// - Throws: `GitStoreError` if that commit is not known or cannot be read.
  func lastGood(of org: String) async throws -> Compilation {
    guard let good = state.lastGood[org] else {
      throw GitStoreError(.unknownRevision, "no commit is known that it was applied from")
    }
    return try await compilation(of: good)
  }

  private func compilation(of good: SyncState.LastGood) async throws -> Compilation {
    guard !good.commit.isEmpty else {
      throw GitStoreError(.unknownRevision, "no commit is known that it was applied from")
    }
    if let known = lastGood[good] { return known }
    let compiled = try await compilation(good.commit, good.time)
    lastGood[good] = compiled
    return compiled
  }

  private func recordFaults(of org: String, _ commit: CommitInfo, _ compilation: Compilation) async throws {
    let errors = compilation.errors(of: org)
    onEvent(.organizationPinned(region: region, org: org, errors: errors))
    var entry = entry(.rejectedInvalid, commit)
    entry.org = org
    entry.detail = "\(errors) \(errors == 1 ? "error" : "errors"); the organization stays at its last good state"
    try await recordOnce("invalid/\(region)/\(org)/\(commit.id)", entry)
  }

  /// Records why an organization does not follow a commit though the compiler found no error in it.
  func fail(_ org: String, _ reason: String, _ commit: CommitInfo, _ result: inout Declarations) async throws {
    result.failures[org] = reason
    try await recordFailure(of: org, reason, commit)
  }

  func recordFailure(of org: String, _ reason: String, _ commit: CommitInfo) async throws {
    onEvent(.organizationFailed(region: region, org: org, reason: reason))
    var entry = entry(.organizationFailed, commit)
    entry.org = org
    entry.detail = reason
    try await recordOnce("failed/\(region)/\(org)/\(commit.id)", entry)
  }

  // MARK: - Identities

  /// Opens an organization's identity; nil if it has no sealed one, or no platform identity is configured.
  private func secret(
    of unit: OrganizationUnit, in objects: [RenderedObject]
  ) throws(KeyBundleError) -> OrganizationSecret? {
    guard let namespace = objects.first?.namespace else { return nil }
    return try secret(of: unit, namespace: namespace)
  }

  private func identity(
    of org: String, in compilation: Compilation, _ live: [LiveObject]
  ) throws(KeyBundleError) -> OrganizationSecret? {
    guard let unit = compilation.unit(named: org),
      let namespace = live.first(where: { $0.org == org && $0.id.namespace != nil })?.id.namespace
    else { return nil }
    return try secret(of: unit, namespace: namespace)
  }

  private func secret(of unit: OrganizationUnit, namespace: String) throws(KeyBundleError) -> OrganizationSecret? {
    guard let identity = unit.organization?.spec.identity, let sealed = identity.sealedIdentity,
      !platformIdentities.isEmpty
    else { return nil }
    let mark = UnsealedIdentity.Mark(recipient: identity.recipient, sealed: sealed, namespace: namespace)
    if let known = unsealed[unit.name], known.mark == mark { return try known.result.get() }
    let result: Result<OrganizationSecret?, KeyBundleError>
    do throws(KeyBundleError) {
      let text = try SealedValue.open(
        sealed, with: platformIdentities, expecting: SealedBinding.identity(ofOrganization: unit.name))
      let file = SecretBytes(copying: (text + "\n").utf8)
      guard
        try AgeIdentity.parseFile(file.withBytes { Array($0) }).contains(where: {
          $0.recipient.text == identity.recipient
        })
      else {
        throw KeyBundleError(.invalidIdentity, "it is not the identity of the recipient that the organization declares")
      }
      result = .success(
        OrganizationSecret(org: unit.name, namespace: namespace, identityFile: file, digest: identity.recipient))
    } catch {
      result = .failure(error)
    }
    unsealed[unit.name] = UnsealedIdentity(mark: mark, result: result)
    return try result.get()
  }

  /// Whether an organization's relays have its identity.
  func isProvided(_ secret: OrganizationSecret) -> Bool { providedIdentities[secret.org] == Self.mark(secret) }

  private static func mark(_ secret: OrganizationSecret) -> String { "\(secret.namespace)/\(secret.digest)" }

  /// Hands each organization's identity to its relays, if they do not have it already.
  ///
  /// - Throws: `AuditError`. An identity that cannot be handed over is its organization's failure.
  func provideIdentities(
    _ identities: [String: OrganizationSecret], _ commit: CommitInfo, _ summary: inout PassSummary
  ) async throws {
    for (org, secret) in identities.sorted(by: { $0.key < $1.key }) {
      guard !isProvided(secret) else { continue }
      do throws(TargetError) {
        _ = try await target.installIdentity(secret, in: region)
        providedIdentities[org] = Self.mark(secret)
      } catch {
        let reason = "its relays cannot be given its identity: \(error)"
        summary.failures[org] = reason
        try await recordFailure(of: org, reason, commit)
      }
    }
  }
}

/// Cached result of opening a sealed identity. Opening one costs more than everything else in a pass without changes.
struct UnsealedIdentity {
  /// Everything that the result depends on, besides the platform's identities.
  struct Mark: Equatable {
    let recipient: String
    let sealed: String
    let namespace: String
  }

  let mark: Mark
  let result: Result<OrganizationSecret?, KeyBundleError>
}
