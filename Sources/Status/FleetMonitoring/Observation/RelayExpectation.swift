package import ConfigModel

/// What is declared of a relay, as far as its health is judged by it.
package struct RelayExpectation: Sendable, Equatable {
  package let relay: RelayID
  package var region: String
  /// The namespace that its objects stand in, in a cluster.
  package var namespace: String?
  /// Whether it is declared to run.
  package var isRunning: Bool
  /// Pods or processes.
  package var replicas: Int
  /// Names of the active keys that it lets in.
  package var keys: [String]
  /// Where peers reach it, as `host:port`.
  package var endpoint: String?
  /// Its cap; nil for none.
  package var bandwidthMbps: Int?

  package init(
    _ relay: RelayID, region: String, namespace: String? = nil, isRunning: Bool = true, replicas: Int = 1,
    keys: [String] = [], endpoint: String? = nil, bandwidthMbps: Int? = nil
  ) {
    self.relay = relay
    self.region = region
    self.namespace = namespace
    self.isRunning = isRunning
    self.replicas = replicas
    self.keys = keys
    self.endpoint = endpoint
    self.bandwidthMbps = bandwidthMbps
  }
}

/// What is declared of an organization, as far as its figures are judged by it.
package struct OrganizationExpectation: Sendable, Equatable {
  package let org: String
  /// Its status is `active`.
  package var isActive: Bool
  /// Percent of the time that its relays promise to be up.
  package var slaTarget: Double?
  /// Of all its relays together; nil for no bound.
  package var bandwidthMbps: Int?
  /// Its keys that are active.
  package var keys: [KeyExpectation]

  package init(
    _ org: String, isActive: Bool = true, slaTarget: Double? = nil, bandwidthMbps: Int? = nil,
    keys: [KeyExpectation] = []
  ) {
    self.org = org
    self.isActive = isActive
    self.slaTarget = slaTarget
    self.bandwidthMbps = bandwidthMbps
    self.keys = keys
  }
}

/// An active key.
package struct KeyExpectation: Sendable, Equatable {
  package let name: String
  /// The last day on which it is valid.
  package var expires: CivilDate?

  package init(_ name: String, expires: CivilDate? = nil) {
    self.name = name
    self.expires = expires
  }
}

/// All that is declared, of one commit.
package struct FleetExpectation: Sendable, Equatable {
  package var relays: [RelayExpectation]
  package var organizations: [OrganizationExpectation]
  package var thresholds: AlertThresholds

  package init(
    relays: [RelayExpectation] = [], organizations: [OrganizationExpectation] = [],
    thresholds: AlertThresholds = AlertThresholds()
  ) {
    self.relays = relays
    self.organizations = organizations
    self.thresholds = thresholds
  }
}
