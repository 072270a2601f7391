/// What a metric is: its text and its documentation follow this.
package struct MetricDescription: Sendable {
  package enum Kind: String, Sendable { case counter, gauge, histogram }
  package let name: String
  package let kind: Kind
  package let help: String
  package let labels: [String]

  package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }
}
