package import AuditLog
package import ConfigModel
package import TextFormats

/// A route below `/api/v1` that is answered from a snapshot or the audit log.
///
/// The route table, its part of the OpenAPI document, the reference page and the visibility matrix of the tests are
/// derived from this description. Health, metrics, events and logins are not resources: `StatusResponder` matches their
/// paths itself.
package struct StatusResource: Sendable {
  /// Permissions required to use a resource.
  package enum Access: Sendable, Equatable {
    /// Any viewer.
    case viewer
    /// All of these permissions in at least one organization. The response covers what the viewer may see.
    case somewhere([Permission])
    /// All of these permissions in the organization named in the path. Without them, the object appears not to exist.
    case inOrganization([Permission])
    /// All of these permissions in every organization.
    case everywhere([Permission])

    /// The permissions required.
    package var permissions: [Permission] {
      switch self {
      case .viewer: []
      case .somewhere(let permissions), .inOrganization(let permissions), .everywhere(let permissions): permissions
      }
    }
  }

  /// A component of the path.
  package enum Segment: Sendable, Equatable {
    case literal(String)
    case variable(String)
  }

  /// Operation id in the OpenAPI document.
  package let name: String
  /// Path, with variables in braces.
  package let path: String
  /// Summary for the reference.
  package let summary: String
  /// Permissions required.
  package let access: Access
  /// Parts of the snapshot that the response depends on; nil if it must not be cached.
  package let topics: Set<StatusSnapshot.Topic>?
  /// Query parameters accepted.
  package let parameters: [Parameter]
  /// Schema of the response.
  package let response: ObjectSchema
  /// Produces the response once access has been checked.
  let answer: @Sendable (ResourceRequest) async throws -> JSON

  /// Components of the path.
  package var segments: [Segment] {
    path.split(separator: "/").map { part in
      part.hasPrefix("{") ? .variable(String(part.dropFirst().dropLast())) : .literal(String(part))
    }
  }

  /// Names of the variables in the path.
  package var variables: [String] {
    segments.compactMap { segment in
      guard case .variable(let name) = segment else { return nil }
      return name
    }
  }

  /// Checks access and returns the response.
  ///
  /// - Throws: `Refusal`.
  package func respond(to request: ResourceRequest) async throws -> JSON {
    switch access {
    case .viewer: break
    case .somewhere(let permissions):
      if let missing = permissions.first(where: { !request.sight.scope.allowsSomewhere($0) }) {
        throw Refusal.forbidden(missing)
      }
    case .inOrganization(let permissions):
      let org = request.arguments.path["org"]
      guard let org, permissions.allSatisfy({ request.sight.allows($0, in: org) }) else { throw Refusal.notFound }
    case .everywhere(let permissions):
      if let missing = permissions.first(where: { request.sight.scope.reach(of: $0) != .everywhere }) {
        throw Refusal.forbidden(missing)
      }
    }
    return try await answer(request)
  }
}

/// A request for a resource.
package struct ResourceRequest: Sendable {
  /// Viewer who makes the request.
  package let viewer: Viewer
  /// Snapshot as the viewer may see it.
  package let sight: VisibleSnapshot
  /// Validated parameters.
  package let arguments: Arguments
  /// Audit log; nil if this server does not read one.
  package let audit: (any AuditReading)?

  /// Creates a request.
  package init(viewer: Viewer, sight: VisibleSnapshot, arguments: Arguments, audit: (any AuditReading)?) {
    self.viewer = viewer
    self.sight = sight
    self.arguments = arguments
    self.audit = audit
  }
}

/// Read access to the audit log.
package protocol AuditReading: Sendable {
  /// Returns the newest matching records, in descending order.
  ///
  /// - Throws: `AuditError`.
  func records(matching query: AuditQuery) async throws -> [AuditRecord]

  /// Result of the last verification.
  var verification: AuditVerification { get async }
}
