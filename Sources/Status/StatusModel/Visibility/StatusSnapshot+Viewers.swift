package import ConfigCompiler
package import ConfigModel

extension StatusSnapshot {
  /// A user as a viewer; nil unless it, and its organization, is active in the applied commit.
  package func viewer(_ id: UserID, method: String, expires: Double? = nil) -> Viewer? {
    guard let compilation = model?.compilation, let user = compilation.user(id), user.spec.status == .active else {
      return nil
    }
    if let org = id.org, compilation.unit(named: org)?.organization?.spec.status != .active { return nil }
    return Viewer(kind: .user, rights: compilation.rights(of: id), method: method, expires: expires)
  }

  /// The declaration of a user, whatever its status.
  package func user(_ id: UserID) -> UserSpec? { model?.compilation.user(id)?.spec }

  /// Every API token by its SHA-256 in lower-case hexadecimal.
  package var tokens: [String: TokenOwner] { model?.compilation.tokens ?? [:] }
}

extension Viewer {
  /// Whoever has the token that was printed when the server started: all that can be read may be.
  package static func local(method: String, expires: Double? = nil) -> Viewer {
    let readable: Set<Permission> = [.orgsRead, .usersRead, .keysRead, .relaysRead, .metricsRead, .auditRead]
    return Viewer(
      kind: .local, rights: Rights(user: UserID(org: nil, name: "local"), everywhere: readable), method: method,
      expires: expires)
  }
}
