import TextFormats
import Synchronization

/// Metrics of the server itself.
final class ServerCounters: Sendable {
  private let responses = Mutex<[Int: Double]>([:])

  static let answered = MetricDescription(
    "wpex_status_responses_total", .counter, "Responses by status.", labels: ["status"])
  static let streams = MetricDescription("wpex_status_event_streams", .gauge, "Open event streams.")
  static let dropped = MetricDescription(
    "wpex_status_slow_clients_total", .counter, "Event streams closed because the client did not read its events.")

  /// All metrics, in the order of the text.
  static let all = [answered, streams, dropped]

  /// Counts a response by its status.
  func count(_ status: Int) { responses.withLock { $0[status, default: 0] += 1 } }

  /// Returns the metrics in the Prometheus text format.
  func text(streams: Int, dropped: Int) -> String {
    var writer = MetricsWriter()
    writer.write(
      Self.answered, responses.withLock { $0 }.sorted { $0.key < $1.key }.map { ([String($0.key)], $0.value) })
    writer.write(Self.streams, Double(streams))
    writer.write(Self.dropped, Double(dropped))
    return writer.text
  }
}
