package import AuditLog
package import ConfigModel
package import TextFormats

/// A route below `/api/v1` that answers from a snapshot or the audit log.
///
/// The route table, its part of the OpenAPI document, the reference page and the visibility matrix of the tests come from
/// this description. Health, metrics, events and logins are not resources: `StatusResponder` matches their paths itself.
package struct StatusResource: Sendable {
  /// What it takes to ask.
  package enum Access: Sendable, Equatable {
    /// Any viewer.
    case viewer
    /// All of these permissions somewhere; what comes is what lies within the viewer's reach.
    case somewhere([Permission])
    /// All of these permissions in the organization that the path names: without them, nothing is there.
    case inOrganization([Permission])
    /// All of these permissions in every organization.
    case everywhere([Permission])

    package var permissions: [Permission] {
      switch self {
      case .viewer: []
      case .somewhere(let permissions), .inOrganization(let permissions), .everywhere(let permissions): permissions
      }
    }
  }

  package enum Segment: Sendable, Equatable {
    case literal(String)
    case variable(String)
  }

  /// The operation's name.
  package let name: String
  package let path: String
  package let summary: String
  package let access: Access
  /// What the answer is made from; nil where it must be made anew for every request.
  package let topics: Set<StatusSnapshot.Topic>?
  package let parameters: [Parameter]
  package let response: ObjectSchema
  let answer: @Sendable (ResourceRequest) async throws -> JSON

  package var segments: [Segment] {
    path.split(separator: "/").map { part in
      part.hasPrefix("{") ? .variable(String(part.dropFirst().dropLast())) : .literal(String(part))
    }
  }

  package var variables: [String] {
    segments.compactMap { segment in
      guard case .variable(let name) = segment else { return nil }
      return name
    }
  }

  /// Answers a request.
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

package struct ResourceRequest: Sendable {
  package let viewer: Viewer
  package let sight: Sight
  package let arguments: Arguments
  package let audit: (any AuditReading)?

  package init(viewer: Viewer, sight: Sight, arguments: Arguments, audit: (any AuditReading)?) {
    self.viewer = viewer
    self.sight = sight
    self.arguments = arguments
    self.audit = audit
  }
}

/// Reads the audit log, and writes nothing.
package protocol AuditReading: Sendable {
  /// The newest records that fit, descending.
  ///
  /// - Throws: `AuditFailure`.
  func records(matching query: AuditQuery) async throws -> [AuditRecord]

  /// What the last verification came to.
  var verification: AuditVerification { get async }
}
