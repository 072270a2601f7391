package import FleetMonitoring
package import KubernetesClient
package import RelayWire

/// A place where relays run: a cluster or this machine.
///
/// A runtime reports what it already knows without waiting, and never what a relay itself says.
package protocol RelayRuntime: Sendable {
  /// Name of the source, such as `cluster eu-south`.
  var name: String { get }
  /// Regions whose relays it runs; nil for all.
  var regions: Set<String>? { get }

  /// Returns what the runtime knows now.
  func view() async -> RuntimeView

  /// Why the runtime cannot tell anything now, which is cheaper to ask than a view; nil if it can, or if only a view shows that.
  var problem: StatusText? { get }

  /// Returns the last lines of a relay's log, oldest first.
  ///
  /// - Throws: An error that says why the log cannot be read.
  func log(of placement: RelayPlacement) async throws -> [String]

  /// Watches the runtime until the task is cancelled.
  func follow() async
}

extension RelayRuntime {
  /// Returns whether it runs a relay in any of the relay's regions.
  func runs(_ expectation: RelayExpectation) -> Bool {
    regions.map { !$0.isDisjoint(with: expectation.regions) } ?? true
  }

  /// Nil: a view shows it.
  package var problem: StatusText? { nil }

  /// Does nothing: not every runtime needs to be watched.
  package func follow() async {}
}

/// State of a runtime at one moment.
package struct RuntimeView: Sendable {
  /// Relays in the runtime.
  package var placements: [RelayPlacement]
  /// Why it cannot tell, or tells what is old.
  package var problem: StatusText?

  package init(_ placements: [RelayPlacement], problem: StatusText? = nil) {
    self.placements = placements
    self.problem = problem
  }
}

/// A relay in its runtime.
package struct RelayPlacement: Sendable {
  /// A pod or process with its address.
  package struct Instance: Sendable {
    /// The pod or process.
    package var instance: RelayInstance
    /// Address of its statistics; nil if it cannot be queried, for example before it runs.
    package var place: StatisticsPlace?

    /// Creates an instance.
    package init(_ instance: RelayInstance, at place: StatisticsPlace?) {
      self.instance = instance
      self.place = place
    }
  }

  /// Name of the relay.
  package let relay: RelayID
  /// Kubernetes namespace, which distinguishes it from another platform's relay of the same name; nil outside a
  /// cluster.
  package var namespace: String?
  /// Phase according to the runtime.
  package var phase: RelayPhase
  package var detail: StatusText
  /// Where peers reach it; nil if the runtime does not know.
  package var endpoint: RelayEndpoint?
  /// Pods or processes of the relay.
  package var instances: [Instance]
  /// Events that the runtime recorded.
  package var events: [RelayEvent]

  /// Creates a placement.
  package init(
    _ relay: RelayID, in namespace: String? = nil, _ phase: RelayPhase, detail: StatusText,
    endpoint: RelayEndpoint? = nil, instances: [Instance] = [], events: [RelayEvent] = []
  ) {
    self.relay = relay
    self.namespace = namespace
    self.phase = phase
    self.detail = detail
    self.endpoint = endpoint
    self.instances = instances
    self.events = events
  }

  /// Returns one placement for a relay that runs in several runtimes; nil if `parts` is empty.
  static func joined(_ parts: [RelayPlacement]) -> RelayPlacement? {
    guard var whole = parts.first else { return nil }
    for part in parts.dropFirst() {
      whole.instances += part.instances
      whole.events += part.events
      // The part that is not well is the one to show.
      guard whole.phase == .current, part.phase != .current else { continue }
      whole.phase = part.phase
      whole.detail = part.detail
    }
    return whole
  }

  /// Returns whether this is the declared relay, and not another platform's of the same name.
  func isMeant(by expectation: RelayExpectation) -> Bool {
    guard relay == expectation.relay else { return false }
    guard let namespace, let expected = expectation.namespaces else { return true }
    return expected.contains(namespace)
  }
}

/// Address of an instance's `/api/v1/stats`.
package enum StatisticsPlace: Sendable {
  /// Plain HTTP at `host:port`, inside a cluster or on this machine.
  case http(String)
  /// The pod through the API server's proxy.
  case pod(KubernetesClient, namespace: String, name: String)
}

/// Limits and intervals of the collection.
package struct CollectorOptions: Sendable {
  /// Seconds between polls.
  package var interval = 10.0
  /// Relays queried concurrently; a quarter of it for relays that did not answer the last time.
  package var concurrency = 64
  /// Timeout of a query, in seconds.
  package var timeout = 3.0
  /// Longest pause before a silent relay is queried again, in seconds.
  package var maxPause = 60.0
  /// Size of the largest response accepted, in bytes. A key takes about 450.
  package var maxAnswerBytes = 4 << 20
  /// Seconds between probes of a port; 0 disables them.
  package var portInterval = 60.0

  /// Creates the default options.
  package init() {}
}
