import AuditLog
import ProcessSupport
import ConfigCompiler
import FoundationEssentials
import GitStore
import Glibc
import KeyBundles
import TextFormats
import SyncEngine
import DeploymentPlanning
import SyncService

/// A running daemon: the service, its target and its audit log, with the status file that tells of them.
struct SyncSession: Sendable {
  let source: any RepositorySource
  let target: any Target
  let audit: any AuditStore
  /// What belongs to this process: its mirror, and what `wpex status` shows.
  let folder: StateFolder
  let service: SyncService
  let checkpoints: CheckpointSigning?
  /// Whether the service goes on.
  let pulse = Pulse()
  /// Told of everything that happens.
  let report: @Sendable (Report) -> Void

  enum Report: Sendable {
    case service(SyncService.ServiceEvent)
    case sync(SyncEvent)
    case health([String: [RelayCondition]])
    /// What `wpex status` shows, where it changed.
    case document(JSON)
    case checkpoint(Checkpoint)
    /// The audit log was changed outside wpex.
    case auditBroken(String)
    /// Something of this machine is in the way of telling what goes on.
    case trouble(String)
  }

  struct Settings {
    var regions: Set<String>?
    var render: Renderer.Options
    var platformIdentities: [AgeIdentity]
    var parallelism = 8
    var service = SyncService.Options()
    var trust = TrustPolicy()
    var checkpoints: CheckpointSigning?
    /// Reads the platform's identities again.
    var followPlatformIdentities: (@Sendable () -> [AgeIdentity]?)?
    /// Whether the audit log goes along with the regions' states: not if those are a cluster's and the log is this machine's.
    var remembersAuditLog = true
    /// The record at which a restored audit log ends.
    var resumeAuditAt: Int64?
  }

  /// Who signs where the audit log ends.
  struct CheckpointSigning: Sendable {
    let signer: CheckpointSigner
    /// Gets a copy of each.
    let copies: CheckpointCopies?
    /// The newest record that a copy names.
    let seen: AuditHead
  }

  /// - Parameter states: where regions' states are; in `folder` unless it is given.
  init(
    source: any RepositorySource, target: any Target, audit: any AuditStore, folder: StateFolder,
    states: (any StateStore)? = nil, settings: Settings, report: @escaping @Sendable (Report) -> Void
  ) {
    self.source = source
    self.target = target
    let audit = BatchingAuditStore(
      VigilantAuditStore(
        audit, seen: settings.checkpoints?.seen ?? .empty, resumeAt: settings.resumeAuditAt,
        changed: { report(.auditBroken($0)) }))
    self.audit = audit
    self.folder = folder
    self.report = report
    checkpoints = settings.checkpoints
    let earlier = IncrementalCompiler(source.repository)
    let states = states ?? folder
    var options = Reconciler.Options(render: settings.render, platformIdentities: settings.platformIdentities)
    options.parallelism = settings.parallelism
    options.remembersAuditLog = settings.remembersAuditLog
    options.followPlatformIdentities = settings.followPlatformIdentities
    let reconcilerOptions = options
    let pulse = pulse
    service = SyncService(
      source: source, regions: settings.regions, audit: audit, states: states, trust: settings.trust,
      options: settings.service,
      makeReconciler: { region in
        Reconciler(
          region: region, target: target, audit: audit, states: states, options: reconcilerOptions,
          compilation: { id, time in
            let commit = try await source.repository.commit(id)
            return try await earlier.compile(commit, now: time ?? commit.committer.time)
          },
          now: { Int64(Date.now.timeIntervalSince1970 * 1_000) }, reach: FaultInjection.reach,
          observe: {
            pulse.goOn()
            report(.sync($0))
          })
      }, pulse: pulse, observe: { report(.service($0)) })
  }

  /// What is under way when the daemon is asked to end has so long to finish, and what has to end with it then so long.
  private static let grace = Duration.seconds(5)
  private static let ending = Duration.seconds(3)

  /// Runs until the task is cancelled, and ends what must end with it, within ten seconds.
  func run() async {
    let work = Task { await runWhileLeading() }
    let hasEnded = await BoundedWait.end(of: work, graceAfterCancellation: Self.grace)
    if hasEnded { return await end() }
    report(.trouble("exits without waiting any longer for what hangs: the next start continues where this one stopped"))
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

  /// Ends what runs only as long as this program does. In a task of its own: this one may have been cancelled.
  func end() async {
    await Task {
      await target.shutDown()
      await audit.close()
    }.value
  }

  /// Records that this daemon became the one that applies, or is it no more.
  func noteLeadership(_ isLeader: Bool) async {
    let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
    var entry = AuditEntry(
      time: now, action: isLeader ? .leadershipGained : .leadershipLost, actor: AuditActor(user: "wpex"))
    entry.detail = "\(Host.name)-\(getpid())"
    let append = AuditAppend(key: "leadership/\(Host.name)/\(getpid())/\(now)", entry)
    // A daemon that no longer leads does not wait for a log that does not answer.
    _ = try? await Task {
      try await BoundedWait.value(within: .seconds(isLeader ? 10 : 1)) { try await audit.append([append]) }
    }.value
  }

  private func sign(_ checkpoints: CheckpointSigning) async {
    var lastFault: String?
    while !Task.isCancelled {
      // A store that cannot be reached now is reported by the passes, which need it too.
      do {
        if let checkpoint = try await checkpoints.signer.signIfDue() {
          try checkpoints.copies?.add(checkpoint)
          report(.checkpoint(checkpoint))
        }
      } catch let fault as ChainVerification.Fault {
        if lastFault != fault.description { report(.auditBroken(fault.description)) }
        lastFault = fault.description
      } catch let error as CommandError {
        if lastFault != error.description { report(.auditBroken("a checkpoint could not be copied: \(error)")) }
        lastFault = error.description
      } catch {}
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func watchHealth() async {
    var last: JSON?
    var failure: String?
    var written = ContinuousClock.now
    while !Task.isCancelled {
      let begin = ContinuousClock.now
      let condition = await service.condition
      var health: [String: [RelayCondition]] = [:]
      for region in condition.summaries.keys { health[region] = (try? await target.health(of: region)) ?? [] }
      report(.health(health))
      let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
      let document = StatusDocument.json(condition, source: source.description, health: health, now: now)
      if document["organizations"] != last?["organizations"] || document["regions"] != last?["regions"]
        || document["problem"] != last?["problem"] || document["head"] != last?["head"]
      {
        do {
          try folder.write(document, to: StatusDocument.file)
          failure = nil
          written = .now
        } catch {
          if failure != "\(error)" { report(.trouble("`wpex status` is out of date: \(error)")) }
          failure = "\(error)"
        }
        report(.document(document))
        // What could not be written is tried again.
        last = failure == nil ? document : nil
      } else if ContinuousClock.now - written > .seconds(10) {
        folder.touch(StatusDocument.file)
        written = .now
      }
      // Where the look itself takes long, it is taken less often.
      try? await Task.sleep(for: max(.milliseconds(500), (ContinuousClock.now - begin) * 20))
    }
  }
}

/// Ends the program by force at a numbered place, for tests (`WPEX_FAULT_POINT`).
enum FaultInjection {
  private static let wanted = ProcessInfo.processInfo.environment["WPEX_FAULT_POINT"].flatMap { Int($0) }

  static let reach: @Sendable (FaultPoint) -> Void = { point in
    if point.rawValue == wanted { kill(getpid(), SIGKILL) }
  }
}
