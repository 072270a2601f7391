import AuditLog
import ConfigModel
import ConfigSchema
import FleetCollectors
import FleetMonitoring
package import MeasurementRoute
import StatusServer
import TextFormats

/// Measurements on request of users who have an API token and nothing else: neither files, nor Secrets, nor the audit log.
///
/// The process that applies relays has their tokens, and may write records. It checks the user's right in the applied
/// commit as `wpex diag` does on the relays' own machine.
package struct MeasuringDesk: Sendable {
  private let site: @Sendable () throws -> any MeasuringSite
  private let log: MeasuringRecord.Log
  private let proxies: [IPNetwork]
  private let limits: MeasuringLimits
  private let measure: Measure

  typealias Measure =
    @Sendable (MeasuringOrder, RelayDiagnostics) async throws(RelayDiagnosticError) -> MeasuringResult

  /// Length of the longest token, in bytes.
  private static let maxTokenBytes = 512

  /// - Parameters:
  ///   - site: returns the relays; called for each request.
  ///   - proxies: networks of proxies whose `X-Forwarded-For` is trusted.
  ///   - measure: has a relay measure.
  ///   - log: appends to the audit log.
  init(
    site: @escaping @Sendable () throws -> any MeasuringSite, proxies: [IPNetwork],
    limits: MeasuringLimits = MeasuringLimits(),
    measure: @escaping Measure = { order, relay throws(RelayDiagnosticError) in try await order.measure(at: relay) },
    log: @escaping MeasuringRecord.Log
  ) {
    self.site = site
    self.log = log
    self.proxies = proxies
    self.limits = limits
    self.measure = measure
  }

  /// The route of an HTTP server to this desk.
  package var route: MeasurementRoute { MeasurementRoute { await answer($0) } }

  /// Checks a request, records it, and begins to measure.
  func answer(_ call: MeasurementRoute.Call) async -> MeasurementRoute.Answer {
    do {
      return .begun(try await begin(call))
    } catch let refusal as MeasurementRoute.Refusal {
      return .refused(refusal)
    } catch {
      return .refused(Self.refusal(for: error))
    }
  }

  private func begin(_ call: MeasurementRoute.Call) async throws -> @Sendable () async -> JSON {
    let client = AddressRules.client(
      call.peer.flatMap { AddressRules.address($0) }, forwardedFor: call.forwardedFor, trusted: proxies)
    guard let token = call.bearer, (1...Self.maxTokenBytes).contains(token.utf8.count) else {
      throw MeasurementRoute.Refusal(401, "unauthenticated", "send an API token as `Authorization: Bearer TOKEN`")
    }
    let run = try run(for: call)
    let network = LoginGate.network(client)
    try limits.beginLookup(network)
    defer { limits.endLookup() }
    let site = try site()
    do {
      let applied = try await site.applied(around: run.relay)
      let caller = try MeasuringCaller(token: Array(token.utf8), from: client, applied)
      guard let user = caller.name else { throw await wrongToken(caller, run, applied, client, network) }
      try limits.admit(user)
      try limits.enter(user, of: caller.org)
      do {
        let begun = try await run.begin(caller, applied, log)
        return { await finish(begun, site, user, caller.org) }
      } catch {
        limits.leave(user, of: caller.org)
        throw error
      }
    } catch {
      await site.shutDown()
      throw error
    }
  }

  private func run(for call: MeasurementRoute.Call) throws(MeasurementRoute.Refusal) -> MeasuringRun {
    guard [call.org, call.relay].allSatisfy({ StringFormat.dnsLabel.matches($0.utf8) }) else {
      throw MeasurementRoute.Refusal(404, "unknown-relay", "the relay does not exist, or you may not see it")
    }
    guard let order = (try? JSON(parsing: call.body)).flatMap({ MeasuringOrder($0) }) else {
      throw MeasurementRoute.Refusal(
        400, "bad-request",
        "send `kind` (ping, traceroute or bench), `target`, `timeoutMilliseconds`, and `count` or for a traceroute "
          + "`maxHops`, as docs/operations.md says")
    }
    return MeasuringRun(
      order.kind, from: RelayID(org: call.org, name: call.relay), to: order.target, tokenFile: nil
    ) { [measure] relay throws(RelayDiagnosticError) in try await measure(order, relay) }
  }

  /// Counts a wrong token, and records it, within limits: callers without a token must not fill the log.
  private func wrongToken(
    _ caller: MeasuringCaller, _ run: MeasuringRun, _ applied: AppliedCommit, _ client: IPAddress?, _ network: String
  ) async -> MeasurementRoute.Refusal {
    let reason = caller.refusal ?? ""
    if limits.noteWrongToken(network) {
      let record = MeasuringRecord(log, run.kind, of: run.target, from: run.relay, by: nil, commit: applied.id)
      try? await record.refuse(
        "\(reason) (from \(client.map { "\($0)" } ?? "an unknown address"))", isForeign: true)
    }
    return MeasurementRoute.Refusal(401, "unauthenticated", reason)
  }

  private func finish(
    _ begun: MeasuringRun.Begun, _ site: any MeasuringSite, _ user: String, _ org: String?
  ) async -> JSON {
    let answer: JSON
    do {
      answer = try await begun.finish(at: site) { try await $0() }.json
    } catch {
      answer = Self.refusal(for: error).json
    }
    await site.shutDown()
    limits.leave(user, of: org)
    return answer
  }

  /// Returns the answer for an error.
  ///
  /// Errors of the repository, the cluster or the audit log are for the operator: their texts may name addresses and files.
  private static func refusal(for error: any Error) -> MeasurementRoute.Refusal {
    switch error {
    case let error as NetworkMeasurementError:
      switch (error.reason, error.kind) {
      case (.caller, _): MeasurementRoute.Refusal(401, "unauthenticated", error.description)
      case (.relay, _): MeasurementRoute.Refusal(404, "unknown-relay", error.description)
      case (.permission, _): MeasurementRoute.Refusal(403, "forbidden", error.description)
      case (.other, .refused): MeasurementRoute.Refusal(422, "refused", error.description)
      case (.other, _): MeasurementRoute.Refusal(503, "unavailable", error.description)
      }
    case let excess as MeasuringLimits.Exceeded:
      MeasurementRoute.Refusal(
        429, "too-many-requests", "\(excess.reason): try again in \(excess.retryAfter) s", retryAfter: excess.retryAfter
      )
    case is AuditError:
      MeasurementRoute.Refusal(503, "unavailable", "cannot measure, because the audit log is not writable")
    default:
      MeasurementRoute.Refusal(503, "unavailable", "the applied commit or the relay cannot be looked up now")
    }
  }
}
