package import RelayWire

/// What was applied to a relay last, and the token that seals it on its way to the relay.
package struct AppliedFiles: Sendable {
  /// The relay's files with their declaration.
  package let files: DeclaredFiles
  /// The relay's token.
  package let token: String

  package init(_ files: DeclaredFiles, token: String) {
    self.files = files
    self.token = token
  }
}

/// Way to one instance of a relay: a process, or a pod.
package struct InstanceChannel: Sendable {
  /// Error of a request that led to no answer of a relay.
  package struct Failure: Error, CustomStringConvertible {
    /// The reason, to show.
    package let description: String

    package init(_ description: String) { self.description = description }
  }

  /// Name of the instance, to show: that of the pod, or `process 4711`.
  package let name: String
  /// What distinguishes this start of the instance from others.
  package let start: String
  /// Sends a request to `DeclarationExchange.path`, and returns the body of the answer. The number is the time limit in seconds.
  package let send: @Sendable (DeclarationExchange.Request, Double) async throws -> [UInt8]

  package init(
    _ name: String, start: String = "",
    send: @escaping @Sendable (DeclarationExchange.Request, Double) async throws -> [UInt8]
  ) {
    self.name = name
    self.start = start
    self.send = send
  }
}
