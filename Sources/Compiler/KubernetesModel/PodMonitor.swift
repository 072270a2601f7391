/// A PodMonitor: how the Prometheus operator scrapes the selected pods.
package struct PodMonitor: Manifest, Equatable {
  package static let apiVersion = "monitoring.coreos.com/v1"
  package static let kind = "PodMonitor"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Targets of a PodMonitor.
  package struct Spec: Encodable, Sendable, Equatable {
    /// Pod label whose value becomes the `job` label.
    package var jobLabel: String?
    /// Pod labels that are copied to every time series.
    package var podTargetLabels: [String]
    /// The pods to scrape.
    package var selector: LabelSelector
    /// The ports to scrape in each pod.
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

  /// A port of a pod that serves metrics.
  package struct Endpoint: Encodable, Sendable, Equatable {
    /// Name of the container's port.
    package var port: String
    /// URL path; nil means `/metrics`.
    package var path: String?
    /// Time between scrapes, such as `30s`; nil for Prometheus' default.
    package var interval: String?
    /// Timeout of a scrape, such as `10s`; at most `interval`.
    package var scrapeTimeout: String?

    package init(port: String, path: String? = nil, interval: String? = nil, scrapeTimeout: String? = nil) {
      self.port = port
      self.path = path
      self.interval = interval
      self.scrapeTimeout = scrapeTimeout
    }
  }
}
