package import ConfigCompiler
package import ConfigModel

extension StatusSnapshot {
  /// Returns a user as a viewer; nil unless the user and its organization are active in the applied commit.
  ///
  /// - Parameters:
  ///   - id: the user.
  ///   - method: method of authentication, such as `token`.
  ///   - expires: time at which the login ends, in seconds since 1970.
  package func viewer(_ id: UserID, method: String, expires: Double? = nil) -> Viewer? {
    guard let compilation = model?.compilation, let user = compilation.user(id), user.spec.status == .active else {
      return nil
    }
    if let org = id.org, compilation.unit(named: org)?.organization?.spec.status != .active { return nil }
    return Viewer(kind: .user, rights: compilation.rights(of: id), method: method, expires: expires)
  }

  /// Returns the declaration of a user, whatever its status; nil if there is none.
  package func user(_ id: UserID) -> UserSpec? { model?.compilation.user(id)?.spec }

  /// Owners of all API tokens, by the token's SHA-256 digest in lowercase hexadecimal.
  package var tokens: [String: TokenOwner] { model?.compilation.tokens ?? [:] }
}

extension Viewer {
  /// Returns the viewer for the token printed when the server started, which has every read permission.
  ///
  /// - Parameters:
  ///   - method: method of authentication.
  ///   - expires: time at which the login ends, in seconds since 1970.
  package static func local(method: String, expires: Double? = nil) -> Viewer {
    let readable: Set<Permission> = [.orgsRead, .usersRead, .keysRead, .relaysRead, .metricsRead, .auditRead]
    return Viewer(
      kind: .local, rights: Rights(user: UserID(org: nil, name: "local"), everywhere: readable), method: method,
      expires: expires)
  }
}
