/// A check that the kubelet repeats on a container.
package struct Probe: Encodable, Sendable, Equatable {
  /// The request to send.
  package var httpGet: HTTPGet
  /// Seconds between the container's start and the first check; nil means 0.
  package var initialDelaySeconds: Int?
  /// Seconds between checks; nil means 10.
  package var periodSeconds: Int?
  /// Timeout of a check in seconds; nil means 1.
  package var timeoutSeconds: Int?
  /// Consecutive successes after which the probe counts as passed; nil means 1.
  package var successThreshold: Int?
  /// Consecutive failures after which the probe counts as failed; nil means 3.
  package var failureThreshold: Int?

  package init(
    httpGet: HTTPGet, initialDelaySeconds: Int? = nil, periodSeconds: Int? = nil, timeoutSeconds: Int? = nil,
    successThreshold: Int? = nil, failureThreshold: Int? = nil
  ) {
    self.httpGet = httpGet
    self.initialDelaySeconds = initialDelaySeconds
    self.periodSeconds = periodSeconds
    self.timeoutSeconds = timeoutSeconds
    self.successThreshold = successThreshold
    self.failureThreshold = failureThreshold
  }

  /// A GET request that succeeds with a status in 200..<400.
  package struct HTTPGet: Encodable, Sendable, Equatable {
    /// Protocol of the request.
    package enum Scheme: String, Encodable, Sendable {
      case http = "HTTP"
      case https = "HTTPS"
    }

    /// URL path.
    package var path: String
    /// Number or name of the container's port.
    package var port: IntOrString
    /// Protocol; nil means HTTP.
    package var scheme: Scheme?

    package init(path: String, port: IntOrString, scheme: Scheme? = nil) {
      self.path = path
      self.port = port
      self.scheme = scheme
    }
  }
}
