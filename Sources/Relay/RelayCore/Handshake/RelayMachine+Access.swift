/// Access: who may speak with whom.
///
/// The mac1 of an initiation names the responder's key, and that of the response names the initiator's. So both ends are known
/// before a session exists, and a pair that may not speak gets none. The response decides; before it, an initiation
/// goes nowhere where the relay already knows that it would be in vain.
extension RelayMachine {
  /// Returns the key that sessions have proven to be at an address now; nil if it is unknown.
  func provenKey(at endpoint: Endpoint) -> KeyID? {
    guard let owned = addresses[endpoint]?.owned, owned != 0, keys[owned]?.isOwned(by: endpoint) == true else {
      return nil
    }
    return owned
  }

  /// Returns whether the key at an address, if it is known, may speak with another key.
  func permits(_ source: Endpoint, _ key: KeyID) -> Bool {
    guard !isOpen, let asker = provenKey(at: source), asker != key else { return true }
    return directory.permits(asker, key)
  }

  /// Returns whether the keys at two addresses, if they are known, may speak with each other.
  func permits(_ source: Endpoint, _ target: Endpoint) -> Bool {
    guard !isOpen, directory.isSegmented, let asked = provenKey(at: target) else { return true }
    return permits(source, asked)
  }

  /// Returns whether a response makes a session: its two keys may speak with each other, and so may the keys that are known
  /// to be at the two addresses.
  func permits(_ initiatorKey: KeyID, at initiator: Endpoint, _ responderKey: KeyID, at responder: Endpoint) -> Bool {
    guard !isOpen else { return true }
    return directory.permits(initiatorKey, responderKey) && permits(initiator, responderKey)
      && permits(responder, initiatorKey)
  }
}
