/// A notable event for operators.
package enum RelayNotice: Sendable, Equatable {
  /// A handshake was completed, `milliseconds` after its initiation.
  case handshake(initiator: String, responder: String, milliseconds: UInt64)
  /// A handshake message was dropped.
  case refused(DropReason, source: Endpoint)
  /// A key's session moved to another address.
  case moved(key: String, from: Endpoint, to: Endpoint)
  /// A key's session moved back to its earlier address.
  case movedBack(key: String, to: Endpoint)
  /// The owners of a key do not answer, so its group is asked.
  case fallback(key: String)
  /// The key's peer answers others but not this source.
  case askerIgnored(key: String, source: Endpoint)
  /// A key alternates between two addresses.
  case contested(key: String, at: Endpoint, and: Endpoint)
  /// Who belongs to the cluster changed.
  case member(MemberTable.Change)
  /// Sessions have ended because the access rules no longer permit their pairs.
  case separated(sessions: Int)
  /// Keys were removed, which ended sessions.
  case revoked(keys: Int, sessions: Int)
}
