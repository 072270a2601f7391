/// A writer of Prometheus' text format, version 0.0.4.
package struct MetricsWriter: Sendable {
  /// The text written so far.
  package private(set) var text = ""

  package init() {}

  /// Appends a metric without labels.
  package mutating func write(_ metric: MetricDescription, _ value: Double) { write(metric, [([], value)]) }

  /// Appends a metric with its samples; nothing if there are none.
  ///
  /// - Parameters:
  ///   - metric: Description of the metric.
  ///   - samples: Label values in the order of `metric.labels`, and the number.
  package mutating func write(_ metric: MetricDescription, _ samples: [([String], Double)]) {
    guard !samples.isEmpty else { return }
    head(metric)
    for (values, value) in samples {
      let labels = zip(metric.labels, values).map { "\($0)=\(PrometheusLabelText.value($1))" }.joined(separator: ",")
      text += metric.name + (labels.isEmpty ? "" : "{\(labels)}") + " \(Self.number(value))\n"
    }
  }

  /// Appends a histogram without labels.
  ///
  /// - Parameters:
  ///   - metric: Description of the metric.
  ///   - bounds: Upper bounds of the buckets, ascending.
  ///   - counts: Counts per bucket, not cumulative: one for each bound and one for the values beyond the last.
  ///   - sum: Sum of all observed values.
  package mutating func writeHistogram(_ metric: MetricDescription, bounds: [Double], counts: [UInt64], sum: Double) {
    writeHistograms(metric, bounds: bounds, [([], counts, sum)])
  }

  /// Appends a histogram with labels, or nothing without samples.
  ///
  /// - Parameters:
  ///   - metric: Description of the metric.
  ///   - bounds: Upper bounds of the buckets, ascending.
  ///   - samples: Label values, counts per bucket as for `writeHistogram`, and the sum of the observed values.
  package mutating func writeHistograms(
    _ metric: MetricDescription, bounds: [Double], _ samples: [(labels: [String], counts: [UInt64], sum: Double)]
  ) {
    guard !samples.isEmpty else { return }
    head(metric)
    for sample in samples {
      let labels = zip(metric.labels, sample.labels).map { "\($0)=\(PrometheusLabelText.value($1))" }
      func line(_ suffix: String, _ more: [String], _ value: String) -> String {
        let all = labels + more
        return metric.name + suffix + (all.isEmpty ? "" : "{\(all.joined(separator: ","))}") + " \(value)\n"
      }
      var total: UInt64 = 0
      for index in 0...bounds.count {
        if index < sample.counts.count { total &+= sample.counts[index] }
        let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
        text += line("_bucket", ["le=\"\(bound)\""], String(total))
      }
      text += line("_sum", [], Self.number(sample.sum)) + line("_count", [], String(total))
    }
  }

  private mutating func head(_ metric: MetricDescription) {
    text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 9e15 ? String(Int64(value)) : String(value)
  }
}
