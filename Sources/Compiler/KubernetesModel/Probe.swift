/// A question the kubelet asks a container over and over.
package struct Probe: Encodable, Sendable, Equatable {
  package var httpGet: HTTPGet
  /// Seconds from the container's start to the first question; nil means none.
  package var initialDelaySeconds: Int?
  /// Seconds between questions; nil leaves it at 10.
  package var periodSeconds: Int?
  /// Seconds to wait for an answer; nil leaves it at 1.
  package var timeoutSeconds: Int?
  /// Good answers in a row that count as success; nil leaves it at 1.
  package var successThreshold: Int?
  /// Bad answers in a row that count as failure; nil leaves it at 3.
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

  /// A GET that succeeds with a status in 200..<400.
  package struct HTTPGet: Encodable, Sendable, Equatable {
    package enum Scheme: String, Encodable, Sendable {
      case http = "HTTP"
      case https = "HTTPS"
    }

    package var path: String
    /// The number or name of the container's port.
    package var port: IntOrString
    package var scheme: Scheme?

    package init(path: String, port: IntOrString, scheme: Scheme? = nil) {
      self.path = path
      self.port = port
      self.scheme = scheme
    }
  }
}
