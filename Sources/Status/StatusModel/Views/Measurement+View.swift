import AuditLog
import ConfigModel
import FleetMonitoring
import TextFormats

extension Measurement {
  static let view = ObjectView<Measurement>(
    "Measurement", "A measurement run from a relay", org: { $0.relay.org }
  ) { view in
    view.text("id", "its id") { $0.id }
    view.choice("kind", "what was measured") { $0.run.kind }
    view.text("target", "the target") { $0.run.target }
    view.optionalText("by", "who ran it", needs: .auditRead) { $0.actor }
    view.time("at", "when it ended; when it began if it has not ended") { $0.time }
    view.add("reached", .nullable(.boolean), "whether the target answered; null if it was not contacted, or not yet") {
      measurement, _ in
      switch measurement.run.outcome {
      case .reached: .bool(true)
      case .unanswered: .bool(false)
      case .begun, .refused, .failed: .null
      }
    }
    view.choice("outcome", "its outcome") { $0.run.outcome }
    view.add("summary", .text, "the result; empty until it ends") { measurement, _ in
      // Target and routers are what the user asked for, so addresses are kept.
      .string(measurement.run.summary.withoutKeyMaterial)
    }
  }
}
