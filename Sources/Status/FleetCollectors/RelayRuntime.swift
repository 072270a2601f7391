package import FleetMonitoring
package import KubernetesClient

/// Where relays run: a cluster, or this machine. It tells what it knows at once, and never what a relay says itself.
package protocol RelayRuntime: Sendable {
  /// Such as `cluster eu-south`.
  var name: String { get }
  /// Whose relays it runs; nil for all regions.
  var regions: Set<String>? { get }

  /// What it knows now.
  func view() async -> RuntimeView

  /// The last lines that a relay wrote, oldest first.
  ///
  /// - Throws: Why they cannot be read.
  func log(of placement: RelayPlacement) async throws -> [String]

  /// Follows what happens, until the task is cancelled.
  func follow() async
}

extension RelayRuntime {
  package func follow() async {}
}

/// What a runtime knows at one moment.
package struct RuntimeView: Sendable {
  package var placements: [RelayPlacement]
  /// Why it cannot tell, or tells what is old.
  package var problem: String?

  package init(_ placements: [RelayPlacement], problem: String? = nil) {
    self.placements = placements
    self.problem = problem
  }
}

/// A relay in its runtime.
package struct RelayPlacement: Sendable {
  package struct Instance: Sendable {
    package var instance: RelayInstance
    /// Where it can be asked; nil where it cannot, as before it runs.
    package var place: StatisticsPlace?

    package init(_ instance: RelayInstance, at place: StatisticsPlace?) {
      self.instance = instance
      self.place = place
    }
  }

  package let relay: RelayID
  /// Where a cluster has it: another platform may have a relay of the same name there. Nil where there are no namespaces.
  package var namespace: String?
  package var condition: RelayObservation.Condition
  package var detail: String
  package var endpoint: String?
  package var instances: [Instance]
  package var events: [RelayEvent]

  package init(
    _ relay: RelayID, in namespace: String? = nil, _ condition: RelayObservation.Condition, detail: String,
    endpoint: String? = nil, instances: [Instance] = [], events: [RelayEvent] = []
  ) {
    self.relay = relay
    self.namespace = namespace
    self.condition = condition
    self.detail = detail
    self.endpoint = endpoint
    self.instances = instances
    self.events = events
  }

  /// Whether it is that relay, and not another platform's of the same name.
  func isMeant(by expectation: RelayExpectation) -> Bool {
    guard relay == expectation.relay else { return false }
    guard let namespace, let expected = expectation.namespace else { return true }
    return namespace == expected
  }
}

/// Where an instance answers `/api/v1/stats`.
package enum StatisticsPlace: Sendable {
  /// Plain HTTP at `host:port`, inside of a cluster or on this machine.
  case http(String)
  /// Through the API server's proxy.
  case pod(KubernetesClient, namespace: String, name: String)
}

/// The limits of what is asked of relays and runtimes.
package struct CollectorOptions: Sendable {
  /// Seconds between two looks.
  package var interval = 10.0
  /// Relays that are asked at a time; of those that did not answer the last time, a quarter of it.
  package var concurrency = 64
  /// Seconds for one answer.
  package var patience = 3.0
  /// Seconds of the longest pause before a silent relay is asked again.
  package var longestPause = 60.0
  /// Bytes of the longest answer that is taken: a key takes about 450.
  package var largestAnswer = 4 << 20
  /// Seconds between two looks at a port; 0 for none.
  package var portInterval = 60.0

  package init() {}
}
