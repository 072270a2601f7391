package import AuditLog
package import FleetCollectors
import RelayWire
package import TextFormats

/// What a relay is to send: the kind of measurement, its target and its size.
package struct MeasuringOrder: Sendable, Equatable {
  /// Kind of measurement.
  package let kind: DiagnosticRun.Kind
  /// Host name or address, without spaces.
  package let target: String
  /// Number of pings, or of hops of a traceroute at most.
  package let count: Int
  /// Milliseconds to wait for each answer.
  package let timeout: Int

  /// Number of pings that `bench` permits.
  package static let benchPings = 1...1_000

  /// - Returns: Nil if a number is out of range, or the target is neither a host name nor an address by its form.
  package init?(_ kind: DiagnosticRun.Kind, of target: String, count: Int, timeout: Int) {
    guard Self.counts(of: kind).contains(count), RelayDiagnostics.timeout.contains(timeout), Self.isTarget(target)
    else { return nil }
    self.kind = kind
    self.target = target
    self.count = count
    self.timeout = timeout
  }

  /// Returns whether a text could be a host name or an address.
  package static func isTarget(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// Returns the numbers of pings or hops that are permitted.
  package static func counts(of kind: DiagnosticRun.Kind) -> ClosedRange<Int> {
    switch kind {
    case .ping: RelayDiagnostics.pings
    case .traceroute: RelayDiagnostics.hops
    case .bench: benchPings
    }
  }

  /// Name of `count` in the body of a request.
  private static func countName(_ kind: DiagnosticRun.Kind) -> String { kind == .traceroute ? "maxHops" : "count" }

  /// Body of the request to a server.
  package var json: JSON {
    .object([
      "kind": .string(kind.rawValue), "target": .string(target), Self.countName(kind): .integer(count),
      "timeoutMilliseconds": .integer(timeout),
    ])
  }

  /// Parses the body of a request.
  ///
  /// - Returns: Nil if it has another form, an unknown member, or a number out of range.
  package init?(_ json: JSON) {
    guard case .object(let members) = json, members.pairs.count == 4,
      let kind = json["kind"]?.text.flatMap(DiagnosticRun.Kind.init(rawValue:)), let target = json["target"]?.text,
      let count = json[Self.countName(kind)]?.int, let timeout = json["timeoutMilliseconds"]?.int
    else { return nil }
    self.init(kind, of: target, count: count, timeout: timeout)
  }

  /// Seconds that the measurement takes at most, apart from waiting for its turn.
  package var longestSeconds: Int { count * (kind == .traceroute ? 2 : 1) * timeout / 1_000 + 1 }

  /// Has a relay measure.
  ///
  /// - Parameter onPings: called with the number of pings sent, between the rounds of a `bench`.
  /// - Throws: `RelayDiagnosticError`.
  package func measure(
    at relay: RelayDiagnostics, onPings: @Sendable (Int) -> Void = { _ in }
  ) async throws(RelayDiagnosticError) -> MeasuringResult {
    switch kind {
    case .ping: return MeasuringResult(ping: try await relay.ping(target, count: count, timeout: timeout))
    case .traceroute:
      return MeasuringResult(traceroute: try await relay.traceroute(target, hops: count, timeout: timeout))
    case .bench: break
    }
    var rounds: [RelayStatistics.ProbeResult] = []
    var rest = count
    while rest > 0 {
      onPings(count - rest)
      let next = min(rest, RelayDiagnostics.pings.upperBound)
      let round = try await relay.ping(target, count: next, timeout: timeout)
      rounds.append(round)
      rest -= next
      if round.failure != nil || rounds.allSatisfy({ $0.milliseconds.isEmpty }) || Task.isCancelled { break }
    }
    return MeasuringResult(bench: rounds)
  }
}
