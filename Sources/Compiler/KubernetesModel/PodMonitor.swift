/// What Prometheus Operator is to scrape from the selected pods.
package struct PodMonitor: Manifest, Equatable {
  package static let apiVersion = "monitoring.coreos.com/v1"
  package static let kind = "PodMonitor"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package struct Spec: Encodable, Sendable, Equatable {
    /// The pod label whose value becomes the `job` label.
    package var jobLabel: String?
    /// Pod labels that are copied to every time series.
    package var podTargetLabels: [String]
    package var selector: LabelSelector
    package var podMetricsEndpoints: [Endpoint]

    package init(
      jobLabel: String? = nil, podTargetLabels: [String] = [], selector: LabelSelector,
      podMetricsEndpoints: [Endpoint]
    ) {
      self.jobLabel = jobLabel
      self.podTargetLabels = podTargetLabels
      self.selector = selector
      self.podMetricsEndpoints = podMetricsEndpoints
    }
  }

  package struct Endpoint: Encodable, Sendable, Equatable {
    /// The name of the container's port.
    package var port: String
    package var path: String?
    /// A duration as in `30s`.
    package var interval: String?
    /// A duration as in `10s`, at most `interval`.
    package var scrapeTimeout: String?

    package init(port: String, path: String? = nil, interval: String? = nil, scrapeTimeout: String? = nil) {
      self.port = port
      self.path = path
      self.interval = interval
      self.scrapeTimeout = scrapeTimeout
    }
  }
}
