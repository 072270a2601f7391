package import AuditLog
import ProcessSupport
package import ConfigCompiler
import ConfigModel
import FoundationEssentials
import GitStore
import Glibc
package import KeyBundles
import TextFormats
package import SyncEngine
import DeploymentPlanning
package import SyncService

/// Running daemon: the service with its target and its audit log, and the status file about them.
package struct SyncSession: Sendable {
  let source: any RepositorySource
  let target: any Target
  let audit: any AuditStore
  /// The process's own folder, with its mirror and the status file.
  let folder: StateFolder
  let service: SyncService
  let checkpoints: CheckpointSigning?
  /// Progress of the service.
  let pulse = Pulse()
  /// The document that shows the session's state.
  let status: StatusFile
  /// Name of the cluster; empty for a target that has no cluster.
  let cluster: String
  /// Called with everything that happens.
  let onEvent: @Sendable (SyncEvent) -> Void

  /// Settings of a session.
  package struct Settings {
    /// The regions to serve; nil for all that are declared.
    package var regions: Set<String>?
    /// How manifests and key bundles are rendered.
    var render: Renderer.Options
    /// Identities that open those of the organizations.
    package var platformIdentities: [AgeIdentity]
    var parallelism = 8
    /// Intervals and time limits of the service.
    package var service = SyncService.Options()
    package var trust = TrustPolicy()
    var checkpoints: CheckpointSigning?
    /// Reads the platform's identities again before every pass; nil keeps them.
    var followPlatformIdentities: (@Sendable () -> [AgeIdentity]?)?
    /// Reads the keys that sign declarations, besides those of the platform's identities. Called before every pass.
    var signingKeys: @Sendable () -> [SigningKey] = { [] }
    /// Whether the audit log is kept together with the regions' states. False if a cluster has the states and this machine
    /// the log.
    var remembersAuditLog = true
    /// The number of the record at which a restored audit log ends; nil if none was restored.
    package var resumeAuditAt: Int64?
    /// The session's cluster, among those of one daemon.
    var cluster: Cluster?

    /// Creates settings with defaults for everything else.
    package init(render: Renderer.Options, platformIdentities: [AgeIdentity]) {
      self.render = render
      self.platformIdentities = platformIdentities
    }
  }

  /// What a session of one cluster shares with those of others.
  struct Cluster: Sendable {
    /// Name of the cluster.
    let name: String
    /// The store of the cluster's states.
    let states: any StateStore
    /// The declared regions that are in this cluster.
    let regions: @Sendable (PlatformSpec) -> [String]
    /// The document of all clusters.
    let status: StatusFile
  }

  /// Signing of checkpoints, which state where the audit log ends.
  struct CheckpointSigning: Sendable {
    let signer: CheckpointSigner
    /// The folder for copies; nil if there is none.
    let copies: CheckpointCopies?
    /// The newest record that a copy covers.
    let seen: AuditHead
  }

  /// - Parameters:
  ///   - audit: the log, which this session alone uses. Sessions of several clusters share one: see `vigilant`.
  ///   - onEvent: called with everything that happens.
  package init(
    source: any RepositorySource, target: any Target, audit: any AuditStore, folder: StateFolder,
    settings: Settings, onEvent: @escaping @Sendable (SyncEvent) -> Void
  ) {
    self.source = source
    self.target = target
    let audit = settings.cluster == nil ? Self.vigilant(audit, settings, onEvent: onEvent) : audit
    self.audit = audit
    status =
      settings.cluster?.status ?? StatusFile(source: source.description, folder: folder, onEvent: onEvent)
    cluster = settings.cluster?.name ?? ""
    self.folder = folder
    self.onEvent = onEvent
    checkpoints = settings.checkpoints
    let earlier = IncrementalCompiler(source.repository)
    let states: any StateStore = settings.cluster?.states ?? folder
    var options = Reconciler.Options(render: settings.render, platformIdentities: settings.platformIdentities)
    options.parallelism = settings.parallelism
    options.remembersAuditLog = settings.remembersAuditLog
    options.signingKeys = settings.signingKeys
    options.followPlatformIdentities = settings.followPlatformIdentities
    let reconcilerOptions = options
    let pulse = pulse
    service = SyncService(
      source: source, regions: settings.regions, audit: audit, states: states, trust: settings.trust,
      options: settings.service, inCluster: settings.cluster?.regions ?? SyncService.allRegions,
      makeReconciler: { region in
        Reconciler(
          region: region, target: target, audit: audit, states: states, options: reconcilerOptions,
          compilation: { id, time in
            let commit = try await source.repository.commit(id)
            return try await earlier.compile(commit, now: time ?? commit.committer.time)
          },
          now: AuditClock.now, faultHook: FaultInjection.hook,
          onEvent: { event in
            pulse.goOn()
            onEvent(event)
          })
      }, pulse: pulse, onEvent: onEvent)
  }

  /// Returns a log that notices when it is another one, and that appends in batches.
  static func vigilant(
    _ audit: any AuditStore, _ settings: Settings, onEvent: @escaping @Sendable (SyncEvent) -> Void
  ) -> any AuditStore {
    BatchingAuditStore(
      VigilantAuditStore(
        audit, seen: settings.checkpoints?.seen ?? .empty, resumeAt: settings.resumeAuditAt,
        changed: { onEvent(.auditBroken($0)) }))
  }

  /// How long work under way may take to finish when the daemon is asked to end.
  private static let grace = Duration.seconds(5)
  /// How long relays and the audit log may take to end after that.
  private static let ending = Duration.seconds(3)

  /// Runs until the task is cancelled, then ends everything that must end with it, within ten seconds.
  package func run() async {
    let work = Task { await runWhileLeading() }
    let hasEnded = await BoundedWait.end(of: work, graceAfterCancellation: Self.grace)
    if hasEnded { return await end() }
    onEvent(
      .warning("exits without waiting any longer for what hangs: the next start continues where this one stopped"))
    _ = await BoundedWait.end(of: Task { await end() }, within: Self.ending)
  }

  /// Runs until the task is cancelled; can be run again.
  func runWhileLeading() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await service.run() }
      group.addTask { await watchHealth() }
      if let checkpoints { group.addTask { await sign(checkpoints) } }
      await group.next()
      group.cancelAll()
      await group.waitForAll()
    }
  }

  /// Ends everything that must not outlive this program, in a task of its own, as this one may have been cancelled.
  func end() async {
    await Task {
      await target.shutDown()
      if cluster.isEmpty { await audit.close() }
    }.value
  }

  /// Records that this daemon became or is no longer the one that applies.
  func recordLeadership(_ isLeader: Bool) async {
    let now = AuditClock.now()
    var entry = AuditEntry(
      time: now, action: isLeader ? .leadershipGained : .leadershipLost, actor: AuditActor(user: "wpex"))
    entry.detail = "\(Host.name)-\(getpid())" + (cluster.isEmpty ? "" : " in cluster \(cluster)")
    let append = AuditAppend(key: "leadership/\(Host.name)/\(getpid())/\(cluster)/\(now)", entry)
    // A daemon that no longer leads does not wait for a log that does not answer.
    _ = try? await Task {
      try await BoundedWait.value(within: .seconds(isLeader ? 10 : 1)) { try await audit.append([append]) }
    }.value
  }

  private func sign(_ checkpoints: CheckpointSigning) async {
    var lastFault: String?
    while !Task.isCancelled {
      // Passes report a store that cannot be reached, as they need it too.
      do {
        if let checkpoint = try await checkpoints.signer.signIfDue() {
          try checkpoints.copies?.add(checkpoint)
          onEvent(.checkpointSigned(record: checkpoint.head.sequence))
        }
      } catch let fault as ChainVerification.Fault {
        if lastFault != fault.description { onEvent(.auditBroken(fault.description)) }
        lastFault = fault.description
      } catch let error as SyncDaemonError {
        if lastFault != error.description { onEvent(.auditBroken("a checkpoint could not be copied: \(error)")) }
        lastFault = error.description
      } catch {}
      try? await Task.sleep(for: .seconds(1))
    }
  }

  /// How long the status waits for an answer about relays' health.
  private static let healthLimit = Duration.seconds(5)
  /// The longest pause between two such questions.
  private static let maxHealthPause = Duration.seconds(8)

  private func watchHealth() async {
    var known: [String: [RelayCondition]] = [:]
    while !Task.isCancelled {
      let begin = ContinuousClock.now
      let condition = await service.condition
      var health: [String: [RelayCondition]] = [:]
      for region in condition.summaries.keys {
        // What is not known now is as it was: the status says that the cluster does not answer.
        let asked = try? await BoundedWait.value(within: Self.healthLimit) { [target] in
          try await target.health(of: region)
        }
        let conditions = asked ?? known[region] ?? []
        // Asked after the health, so that a relay that runs by now is not said to have no instance.
        let inForce = await service.relaysInForce[region] ?? [:]
        let states = Dictionary(inForce.map { ("\($0.key)", $0.value) }) { first, _ in first }
        health[region] = conditions.map { relay in
          let name = "\(relay.org)/\(relay.relay)"
          var relay = relay.reached(at: condition.endpoints[region]?[name], hasServices: target.hasServices)
          relay.inForce = states[name]
          return relay
        }
      }
      known = health
      guard !Task.isCancelled else { return }
      await status.take(condition, health: health, of: cluster)
      // If a check takes long, checks are made less often.
      let pause = max(.milliseconds(500), (ContinuousClock.now - begin) * 20)
      try? await Task.sleep(for: min(pause, Self.maxHealthPause))
    }
  }
}
