/// Time limits for contacting a remote repository, in seconds.
package struct GitTimeouts: Sendable {
  /// Limit for connecting: name resolution, connection, encryption.
  package var connect = 10.0
  /// Longest period without data from the server.
  package var silence = 30.0
  /// Limit for the whole operation.
  package var whole = 600.0

  package init() {}
}
