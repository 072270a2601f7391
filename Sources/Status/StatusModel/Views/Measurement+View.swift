import AuditLog
import ConfigModel
import FleetMonitoring
import TextFormats

extension Measurement {
  static let view = ObjectView<Measurement>(
    "Measurement", "A measurement that somebody had the relay make", org: { $0.relay.org }
  ) { view in
    view.text("id", "names it") { $0.id }
    view.choice("kind", "what was measured") { $0.run.kind }
    view.text("target", "to where") { $0.run.target }
    view.optionalText("by", "who asked for it", needs: .auditRead) { $0.actor }
    view.time("at", "when it ended, or began where it has not") { $0.time }
    view.add("reached", .nullable(.boolean), "whether the target answered; null where it was not asked, or not yet") {
      measurement, _ in
      switch measurement.run.outcome {
      case .reached: .bool(true)
      case .unanswered: .bool(false)
      case .begun, .refused, .failed: .null
      }
    }
    view.choice("outcome", "what it came to") { $0.run.outcome }
    view.add("summary", .text, "what was found; empty before it ends") { measurement, _ in
      // Target and routers are what the user asked for, so addresses are kept.
      .string(measurement.run.summary.withoutKeyMaterial)
    }
  }
}
