import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats

extension RelayRow {
  static let view = ObjectView<RelayRow>("Relay", "A relay, declared and observed", org: { $0.org }) { view in
    view.text("id", "`org/name`") { $0.declared.id.description }
    view.text("org", "its organization") { $0.org }
    view.text("name", "its name") { $0.declared.name }
    view.text("region", "where it runs; the first of its regions if it has several") { $0.declared.spec.region }
    view.texts("regions", "all regions where it runs") { $0.declared.spec.regions }
    view.integer("port", "its UDP port") { $0.declared.spec.port }
    view.optionalText("endpoint", "where peers reach it, in the first of its regions; null unless that is known") {
      $0.endpoint(in: $0.declared.spec.region)?.text
    }
    view.choice("endpointState", "`pending` until its load balancer has an address") {
      $0.endpoint(in: $0.declared.spec.region)?.state ?? .unknown
    }
    view.add("labels", .map(.text), "its labels") { row, _ in JSON(labels: row.declared.labels) }
    view.choice("state", "its declared state") { $0.declared.spec.state }
    view.choice("status", "its observed state") { $0.status }
    view.optionalObject("staying", stayingView, "why it differs from the newest commit; null if it does not") {
      row, _ in
      row.declared.staying == nil ? nil : row.declared
    }
    view.statements("detail", "the same in words; empty if there is nothing to add") { $0.detail }
    view.integer("restarts", "how often its containers or processes were started again") {
      $0.observation?.restarts ?? 0
    }
    view.optionalObject(
      "inForce", RelayEnforcement.view,
      "whether its instances have what was applied in force; null if no daemon says so"
    ) { row, _ in row.record?.enforcement }
    view.object("keys", keysView, "the keys that it selects") { row, _ in row.declared }
    view.object("health", CommonViews.health, "its health", needs: .metricsRead) { row, _ in HealthView(row) }
    view.optionalObject(
      "metrics", metricsView, "its metrics, as of its last answer; null if it never answered", needs: .metricsRead
    ) {
      row, _ in row.isCounted ? row : nil
    }
    view.choice("freshness", "how old the metrics are") { $0.freshness }
    view.time("sampledAt", "when it last answered; null while the metrics are live, or if it never answered") {
      $0.staleSince
    }
    view.object("alerts", CommonViews.alertCounts, "how many alerts are about it", needs: .metricsRead) { row, _ in
      row.alertCounts
    }
  }

  private static let stayingView = ObjectView<DeclaredRelay>(
    "Staying", "Why a relay differs from the newest commit", org: { $0.org }
  ) { view in
    view.add("reason", .choice(Staying.Reason.allCases.map(\.rawValue)), "why it has not changed") { relay, _ in
      JSON(relay.staying?.reason.rawValue)
    }
    view.add("commit", .nullable(.text), "the commit it runs from: the last one that touched its organization") {
      relay, sight in JSON(OrganizationSync(relay.org, sight).commit)
    }
  }

  /// Returns where peers reach it in one of its regions: as observed, else as declared; nil if that is not known.
  func endpoint(in region: String) -> RelayEndpoint? {
    let isFirst = region == declared.spec.region
    if isFirst, let observed = observation?.endpoint { return observed }
    guard let declared = declared.endpoint(in: region) else { return nil }
    // Only its first region is observed. A name that is declared is right in the others, once something is there.
    if declared.isBalanced, isFirst { return .pending }
    return declared.text.map { .known($0) } ?? .pending
  }

  /// Number of the relay's alerts by severity.
  var alertCounts: [Alert.Severity: Int] {
    (record?.alerts ?? []).reduce(into: [:]) { counts, alert in counts[alert.severity, default: 0] += 1 }
  }

  /// Returns all text shown in a list of relays, in lower case, for searching.
  private func words(_ sight: VisibleSnapshot) -> String {
    var words = [declared.words, observation?.endpoint?.text?.lowercased() ?? ""]
    words.append(status == .current ? "running" : status == .inProgress ? "starting" : status.rawValue)
    if let staying = declared.staying { words.append(staying.reason.rawValue.replacing("-", with: " ")) }
    if sight.allows(.metricsRead, in: org) { words.append(level.rawValue) }
    return words.joined(separator: " ")
  }

  private static let keysView = ObjectView<DeclaredRelay>("RelayKeys", "Number of keys", org: { _ in nil }) { view in
    view.integer("declared", "keys it selects") { $0.keys.count }
    view.integer("active", "keys it accepts") { $0.activeKeys.count }
  }

  private static let metricsView = ObjectView<RelayRow>("RelayMetrics", "Metrics of a relay", org: { $0.org }) { view in
    view.integer("sessions", "live sessions") { $0.record?.sessions ?? 0 }
    view.integer("peersConnected", "active keys with a live session") { $0.record?.connectedKeys ?? 0 }
    view.integer("peersExpected", "active keys") { $0.declared.activeKeys.count }
    view.number("handshakesPerSecond", "completed, over five minutes") { row in
      row.record?.handshakes.map { Double($0.completed) / 300 }
    }
    view.number("handshakeSuccessPercent", "over five minutes") { row in
      row.record?.handshakes?.success.map { ($0 * 1_000).rounded() / 10 }
    }
    view.integer("receivedBitsPerSecond", "from peers") { Int(clamping: $0.record?.throughput.received ?? 0) }
    view.integer("sentBitsPerSecond", "to peers") { Int(clamping: $0.record?.throughput.forwarded ?? 0) }
    view.integer("receivedBytes", "since the relay started") { row in
      Int(clamping: row.record?.lastStatistics?.traffic?.receivedBytes ?? 0)
    }
    view.integer("sentBytes", "since the relay started") { row in
      Int(clamping: row.record?.lastStatistics?.traffic?.forwardedBytes ?? 0)
    }
  }

  static let list = ListView<RelayRow>(
    view: view, org: { $0.org }, id: { $0.declared.order }, words: { row, sight in row.words(sight) },
    filters: [
      .init("org", .text(maxLength: 64), "of this organization") { row, value, _ in row.org == value },
      .init("region", .text(maxLength: 64), "in this region") { row, value, _ in
        row.declared.spec.regions.contains(value)
      },
      .init("status", .choice(RelayPhase.allCases.map(\.rawValue)), "with this status") { row, value, _ in
        row.status.rawValue == value
      },
      .init("state", .choice(RelayState.allCases.map(\.rawValue)), "with this declared state") { row, value, _ in
        row.declared.spec.state.rawValue == value
      },
      .init(
        "grade", .choice(HealthScore.Level.allCases.map(\.rawValue)), "with this grade", needs: .metricsRead
      ) { row, value, _ in row.level.rawValue == value },
      .init("problems", .boolean, "with alerts, failed or critical; or without", needs: .metricsRead, once: true) {
        row, value, _ in
        let hasProblems = row.record?.alerts.isEmpty == false || row.status == .failed || row.level == .critical
        return hasProblems == (value == "true")
      },
      .init("label", .text(maxLength: 128), "with this label, as `name:value`") { row, value, _ in
        let parts = value.separated(at: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && row.declared.labels[String(parts[0])] == String(parts[1])
      },
    ],
    sorts: [
      .init("id") { row, _ in .text(row.declared.order) }, .init("name") { row, _ in .text(row.declared.name) },
      .init("org") { row, _ in .text(row.org) }, .init("region") { row, _ in .text(row.declared.spec.region) },
      .init("status") { row, _ in .text(row.status.rawValue) },
      .init("health", needs: .metricsRead) { row, _ in
        row.level == .stopped ? .none : SortValue(row.record?.health.score.map(Double.init))
      },
      .init("sessions", needs: .metricsRead) { row, _ in
        row.isCounted ? .number(Double(row.record?.sessions ?? 0)) : .none
      },
      .init("throughput", needs: .metricsRead) { row, _ in
        row.isCounted ? .number(row.record?.throughput.highest ?? 0) : .none
      },
      .init("alerts", needs: .metricsRead) { row, _ in .number(Double(row.record?.alerts.count ?? 0)) },
    ])
}
