import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats

/// A relay in full detail.
struct RelayDetail: Sendable {
  let row: RelayRow
  /// Most peers and client names in one response.
  static let maxNames = 100

  var org: String { row.org }

  static let view = ObjectView<RelayDetail>("RelayDetail", "A relay in full detail", org: { $0.org }) {
    view in
    view.include(RelayRow.view) { $0.row }
    view.object("spec", RelaySpecView.view, "what is declared") { detail, sight in
      RelaySpecView(detail.row.declared, platform: sight.snapshot.model?.platform)
    }
    view.object("healthDetail", HealthDetail.view, "the parts of its health", needs: .metricsRead) { detail, _ in
      HealthDetail(row: detail.row)
    }
    view.optionalObject(
      "statistics", RelayStatisticsView.view, "its counters since it started", needs: .metricsRead
    ) {
      detail, _ in detail.row.record?.lastStatistics.map { RelayStatisticsView(statistics: $0) }
    }
    view.objects("instances", InstanceView.view, "its pods or processes") { detail, _ in
      (detail.row.observation?.instances ?? []).map { InstanceView(instance: $0) }
    }
    view.optionalObject(
      "members", MembersView.view, "its processes that share what they know; null if it has no cluster"
    ) { detail, _ in detail.row.record.flatMap(MembersView.init) }
    view.object("peers", PeerRow.summaryView, "the first \(maxNames) keys, connected ones first", needs: .metricsRead) {
      detail, sight in PeerSummary(rows: sight.peers(of: detail.row))
    }
    view.objects("probes", ProbeView.view, "the latest results of its declared probes", needs: .metricsRead) {
      detail, _ in
      (detail.row.observation?.statistics?.probes ?? []).map { ProbeView(probe: $0) }
    }
    view.objects(
      "diagnostics", Measurement.view,
      "measurements by `wpex diag`, newest first; the last \(Measurements.maxOfRelay)",
      needs: .metricsRead
    ) { detail, sight in sight.snapshot.measurements[detail.row.declared.id] }
    view.objects("alertItems", AlertView.view, "its current alerts", needs: .metricsRead) { detail, _ in
      (detail.row.record?.alerts ?? []).map { AlertView(alert: $0) }
    }
    view.objects("events", EventView.view, "events of its runtime, newest first") { detail, _ in
      (detail.row.observation?.events ?? []).sorted { $0.time > $1.time }.prefix(50).map { EventView(event: $0) }
    }
    view.object("log", LogView.view, "the last lines of its log, oldest first") { detail, _ in
      LogView(detail.row.observation?.logLines ?? [])
    }
    view.optionalStatements("problem", "why a part of this is missing or old") { $0.row.observation?.problem }
    view.object("sla", CommonViews.sla, "how much of the time it was up", needs: .metricsRead) { detail, sight in
      var attainment = SLAAttainment()
      attainment.observedSeconds = detail.row.record?.observedSeconds ?? 0
      attainment.upSeconds = detail.row.record?.upSeconds ?? 0
      attainment.target = sight.snapshot.model?.organization(named: detail.org)?.spec?.slaTarget
      return SLAView(attainment: attainment)
    }
    view.object("series", CommonViews.series, "its last 24 hours", needs: .metricsRead) { detail, sight in
      sight.snapshot.history(of: .relay(detail.row.declared.id))
    }
    view.object("source", CommonViews.source, "where it is declared") { detail, _ in detail.row.declared.place }
    view.objects("commands", CommonViews.command, "commands that apply to it") { detail, sight in
      Command.of(detail.row.declared, sight)
    }
    view.texts("clients", "active keys with a client configuration; the first \(maxNames)") {
      Array($0.row.declared.activeKeys.prefix(maxNames))
    }
  }
}

/// Health of a relay with its components.
struct HealthDetail: Sendable {
  let row: RelayRow

  static let view = ObjectView<HealthDetail>("HealthDetail", "Parts of a health score", org: { $0.row.org }) {
    view in
    view.number("score", "0 to 100") { HealthView($0.row).score }
    view.choice("grade", "healthy from 80, degraded from 50") { $0.row.level }
    view.objects("components", componentView, "its parts; empty if the relay is not running") { detail, _ in
      detail.row.record?.health.components ?? []
    }
  }

  private static let componentView = ObjectView<HealthScore.Component>(
    "HealthComponent", "A part of a health score", org: { _ in nil }
  ) { view in
    view.choice("name", "which") { $0.name }
    view.number("score", "0 to 100; null if it is not known, and the others take its weight") {
      $0.score.map { $0.rounded() }
    }
    view.number("weight", "its part of 1") { $0.name.weight }
    view.statements("detail", "what it was made from") { $0.detail }
  }
}

/// Counters of a relay as they are shown.
struct RelayStatisticsView: Sendable {
  let statistics: RelayStatistics

  static let view = ObjectView<RelayStatisticsView>(
    "RelayStatistics", "Counters of a relay since it started", org: { _ in nil }
  ) { view in
    view.optionalObject("handshakes", handshakesView, "handshakes") { shown, _ in shown.statistics.handshakes }
    view.add("drops", .map(.integer), "dropped datagrams by reason") { shown, _ in
      .object(
        JSON.Members(
          shown.statistics.drops.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int(clamping: $0.value))) }))
    }
    view.optionalInteger("receiveQueueOverflow", "datagrams lost because the receive buffer was full") {
      $0.statistics.receiveQueueOverflow.map { Int(clamping: $0) }
    }
  }

  private static let handshakesView = ObjectView<HandshakeCount>("HandshakeCount", "Handshakes", org: { _ in nil }) {
    view in
    view.integer("total", "valid initiations") { Int(clamping: $0.initiated) }
    view.integer("successful", "initiations that led to a session") { Int(clamping: $0.completed) }
  }
}

/// A pod or process as it is shown.
struct InstanceView: Sendable {
  let instance: RelayInstance

  static let view = ObjectView<InstanceView>("Instance", "A pod or process of a relay", org: { _ in nil }) { view in
    view.include(RelayInstance.Identity.view) { $0.instance.identity }
    view.boolean("ready", "whether it accepts packets and answers") { $0.instance.isReady && !$0.instance.isSilent }
    view.integer("restarts", "how often it was started again") { $0.instance.restarts }
    view.time("startedAt", "when it last started") { $0.instance.startedAt }
    view.optionalText("node", "where it runs") { $0.instance.node }
    view.number("cpuMillicores", "processor time in use") { $0.instance.processors.map { ($0 * 1_000).rounded() } }
    view.optionalInteger("memoryBytes", "memory in use") { $0.instance.memoryBytes.map { Int(clamping: $0) } }
    view.optionalText("image", "what it runs") { $0.instance.image }
    view.optionalStatements("message", "why it is not ready, ended the last time, or does not answer") { shown in
      if case .silent(let reason) = shown.instance.answer { return shown.instance.detail ?? reason }
      return shown.instance.detail
    }
  }
}

/// An event of the runtime as it is shown.
struct EventView: Sendable {
  let event: RelayEvent

  static let view = ObjectView<EventView>("RuntimeEvent", "An event of the runtime", org: { _ in nil }) {
    view in
    view.time("at", "when it last happened") { $0.event.time }
    view.add("kind", .choice(["Normal", "Warning"]), "whether it is a problem") { shown, _ in
      .string(shown.event.kind == .warning ? "Warning" : "Normal")
    }
    view.freeText("reason", "the runtime's name for it") { $0.event.reason }
    view.freeText("message", "what happened") { $0.event.message }
    view.integer("count", "how often") { $0.event.count }
  }
}

/// Result of a declared probe as it is shown.
struct ProbeView: Sendable {
  let probe: RelayStatistics.ProbeResult

  static let view = ObjectView<ProbeView>("Probe", "The latest result of a declared probe", org: { _ in nil }) { view in
    view.text("name", "its name") { $0.probe.name }
    view.optionalText("kind", "ping or traceroute") { $0.probe.kind }
    view.optionalText("target", "the target") { $0.probe.target }
    view.add("at", .nullable(.time), "when") { shown, _ in
      JSON(shown.probe.finishedAt.flatMap { Timestamp($0)?.description })
    }
    view.add("reached", .nullable(.boolean), "whether it reached the target; null before its first run") { shown, _ in
      shown.probe.reached.map { .bool($0) } ?? .null
    }
    view.optionalInteger("sent", "packets of a ping") { $0.probe.sent }
    view.optionalInteger("received", "answers") { $0.probe.received }
    view.add("milliseconds", .list(.number), "round-trip times") { shown, _ in
      .array(shown.probe.milliseconds.map { JSON(rounding: $0) })
    }
    view.objects("hops", hopView, "routers of a traceroute") { shown, _ in shown.probe.hops }
    view.optionalFreeText("failure", "why it could not run") { $0.probe.failure }
  }

  private static let hopView = ObjectView<RelayStatistics.Hop>("Hop", "A router on the path", org: { _ in nil }) {
    view in
    view.integer("hop", "its number") { $0.number }
    view.optionalText("address", "its address; null if it does not answer") { $0.address }
    view.add("milliseconds", .list(.number), "its round-trip times") { hop, _ in
      .array(hop.milliseconds.map { JSON(rounding: $0) })
    }
    view.boolean("reached", "whether it is the target") { $0.reached }
  }
}
