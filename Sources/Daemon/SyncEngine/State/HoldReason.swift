package import TextFormats
package import DeploymentPlanning

extension SyncPlan.Hold.Reason {
  /// Stable word for pages, which show the reason in the reader's language; one of the codes of `FleetHealth.Statement`.
  package var code: String {
    switch self {
    case .tooManyDeletions: "held-too-many"
    case .deletionProtection: "held-protected"
    case .namespace: "held-namespace"
    case .nothingDeclared: "held-nothing-declared"
    }
  }

  /// Parameters of the code.
  package var parameters: JSON.Members {
    switch self {
    case .tooManyDeletions(let relays, let all): ["removed": .integer(relays), "count": .integer(all)]
    case .deletionProtection(let relay): ["relay": .string(relay)]
    case .namespace(let name): ["namespace": .string(name)]
    case .nothingDeclared: [:]
    }
  }
}
