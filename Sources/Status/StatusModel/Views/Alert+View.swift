import ConfigModel
import FleetMonitoring
import TextFormats

/// An alert as it is shown.
struct AlertView: Sendable {
  let alert: Alert

  /// Kinds of object an alert can concern.
  enum Subject: String, CaseIterable, Sendable { case relay, key, org, platform }

  /// Kind of object the alert concerns.
  var subject: Subject {
    alert.relay != nil ? .relay : alert.key != nil ? .key : alert.org != nil ? .org : .platform
  }

  static let view = ObjectView<AlertView>("Alert", "Something that needs attention", org: { $0.alert.org }) { view in
    view.text("id", "stays the same while the alert lasts") { $0.alert.id }
    view.choice("kind", "what is wrong") { $0.alert.kind }
    view.choice("severity", "how urgent it is") { $0.alert.severity }
    view.optionalText("org", "its organization; null for the platform") { $0.alert.org }
    view.object("subject", subjectView, "what it is about") { shown, _ in shown }
    view.freeText("summary", "what is wrong, and where") { $0.alert.summary }
    view.statements("detail", "what was seen, and what to do next") { $0.alert.detail }
    view.time("since", "since when, without a break") { $0.alert.since }
    view.number("value", "what was measured") { $0.alert.value }
    view.number("threshold", "the limit that the value crossed") { $0.alert.threshold }
  }

  private static let subjectView = ObjectView<AlertView>("Subject", "What an alert is about", org: { _ in nil }) {
    view in
    view.choice("kind", "what kind of thing") { $0.subject }
    view.optionalText("org", "its organization") { $0.alert.org }
    view.optionalText("name", "its name; for a platform alert, the region or source") {
      $0.alert.relay ?? $0.alert.key ?? $0.alert.subject ?? $0.alert.org
    }
  }

  static let list = ListView<AlertView>(
    view: view, org: { $0.alert.org }, id: { $0.alert.id },
    words: { shown, sight in
      let alert = shown.alert
      return "\(alert.id) \(alert.severity.rawValue) \(sight.seen(alert.summary)) \(sight.seen(alert.detail.text))"
        .lowercased()
    },
    filters: [
      .init("org", .text(maxLength: 64), "of this organization; `-` for the platform") { shown, value, _ in
        (shown.alert.org ?? "-") == value
      },
      .init("severity", .choice(Alert.Severity.allCases.map(\.rawValue)), "with this severity") { shown, value, _ in
        shown.alert.severity.rawValue == value
      },
      .init("kind", .choice(Alert.Kind.allCases.map(\.rawValue)), "of this kind") { shown, value, _ in
        shown.alert.kind.rawValue == value
      },
    ],
    sorts: [
      .init("severity") { shown, _ in
        .number(Double(Alert.Severity.allCases.firstIndex(of: shown.alert.severity) ?? 0))
      },
      .init("since") { shown, _ in .number(shown.alert.since) },
      .init("org") { shown, _ in SortValue(shown.alert.org) },
    ])
}
