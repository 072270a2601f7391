/// Writes Prometheus' text format, version 0.0.4.
package struct MetricsWriter: Sendable {
  package private(set) var text = ""

  package init() {}

  package mutating func write(_ metric: MetricDescription, _ value: Double) { write(metric, [([], value)]) }

  /// - Parameter samples: values of the labels, in their order, and the number.
  package mutating func write(_ metric: MetricDescription, _ samples: [([String], Double)]) {
    guard !samples.isEmpty else { return }
    head(metric)
    for (values, value) in samples {
      let labels = zip(metric.labels, values).map { "\($0)=\(PrometheusLabelText.value($1))" }.joined(separator: ",")
      text += metric.name + (labels.isEmpty ? "" : "{\(labels)}") + " \(Self.number(value))\n"
    }
  }

  /// - Parameter counts: not cumulative, one for each bound and one for what lies beyond.
  package mutating func writeHistogram(_ metric: MetricDescription, bounds: [Double], counts: [UInt64], sum: Double) {
    writeHistograms(metric, bounds: bounds, [([], counts, sum)])
  }

  /// - Parameter samples: for each, values of the labels, counts as above, and the sum of what was observed.
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
