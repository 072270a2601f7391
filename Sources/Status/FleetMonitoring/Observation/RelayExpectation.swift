package import ConfigModel

/// Declared properties of a relay against which its health is assessed.
package struct RelayExpectation: Sendable, Equatable {
  /// Relay described.
  package let relay: RelayID
  /// Regions it runs in; the first one names it in metrics.
  package var regions: [String]
  /// Kubernetes namespaces of its objects, of one or more regions; nil outside a cluster.
  package var namespaces: Set<String>?
  /// Kubernetes namespace of its objects in the first region; nil outside a cluster.
  package var firstNamespace: String?
  /// Whether the relay is declared to run.
  package var isRunning: Bool
  /// Number of pods or processes in each region.
  package var replicas: Int
  /// Names of the active keys it admits.
  package var keys: [String]
  /// Address for peers, as `host:port`.
  package var endpoint: String?
  /// Bandwidth cap in Mbit/s; nil if there is none.
  package var bandwidthMbps: Int?

  /// Number of pods or processes in all regions.
  package var members: Int { replicas * max(1, regions.count) }

  /// Creates an expectation.
  package init(
    _ relay: RelayID, regions: [String], namespaces: Set<String>? = nil, isRunning: Bool = true, replicas: Int = 1,
    keys: [String] = [], endpoint: String? = nil, bandwidthMbps: Int? = nil
  ) {
    self.relay = relay
    self.regions = regions
    self.namespaces = namespaces
    self.isRunning = isRunning
    self.replicas = replicas
    self.keys = keys
    self.endpoint = endpoint
    self.bandwidthMbps = bandwidthMbps
  }
}

/// Declared properties of an organization against which its figures are assessed.
package struct OrganizationExpectation: Sendable, Equatable {
  /// Name of the organization.
  package let org: String
  /// Whether its status is `active`.
  package var isActive: Bool
  /// Promised uptime of its relays, in percent; nil if none is declared.
  package var slaTarget: Double?
  /// Bandwidth cap of all its relays together, in Mbit/s; nil if there is none.
  package var bandwidthMbps: Int?
  /// Active keys of the organization.
  package var keys: [KeyExpectation]

  /// Creates an expectation.
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

/// Declared properties of an active key.
package struct KeyExpectation: Sendable, Equatable {
  /// Name of the Key document.
  package let name: String
  /// Last day on which the key is valid; nil if it does not expire.
  package var expires: CivilDate?

  /// Creates an expectation.
  package init(_ name: String, expires: CivilDate? = nil) {
    self.name = name
    self.expires = expires
  }
}

/// Everything a commit declares.
package struct FleetExpectation: Sendable, Equatable {
  /// Declared relays.
  package var relays: [RelayExpectation]
  /// Declared organizations.
  package var organizations: [OrganizationExpectation]
  /// Thresholds of the alerts.
  package var thresholds: AlertThresholds

  /// Creates an expectation.
  package init(
    relays: [RelayExpectation] = [], organizations: [OrganizationExpectation] = [],
    thresholds: AlertThresholds = AlertThresholds()
  ) {
    self.relays = relays
    self.organizations = organizations
    self.thresholds = thresholds
  }
}
