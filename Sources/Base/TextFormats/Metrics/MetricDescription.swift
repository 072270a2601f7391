/// Name, type and documentation of a metric.
package struct MetricDescription: Sendable {
  /// Type of a metric.
  package enum Kind: String, Sendable { case counter, gauge, histogram }
  /// Name, as Prometheus requires it.
  package let name: String
  /// Type of the metric.
  package let kind: Kind
  /// Help text, on one line.
  package let help: String
  /// Names of the labels, in the order in which samples give their values.
  package let labels: [String]

  package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }
}
