/// Pairs of initiating address and key that attempted a handshake in the last five minutes, and those that completed
/// one. Repeated attempts to reach a peer that is switched off count as one pair.
struct HandshakeWindow: Sendable {
  private struct Slice {
    var minute: UInt64
    var tried: Set<RelayMachine.AttemptKey> = []
    var made: Set<RelayMachine.AttemptKey> = []
  }

  private static let minutes: UInt64 = 5
  /// Pairs remembered per minute.
  private static let capacity = 16_384
  private var slices: [Slice] = []

  /// Records an attempt; `made` if it completed.
  mutating func note(_ pair: RelayMachine.AttemptKey, made: Bool, at now: Instant) {
    let minute = now.seconds / 60
    if slices.last?.minute != minute {
      slices.removeAll { $0.minute + Self.minutes <= minute }
      slices.append(Slice(minute: minute))
    }
    let last = slices.count - 1
    guard slices[last].tried.count < Self.capacity else { return }
    slices[last].tried.insert(pair)
    if made { slices[last].made.insert(pair) }
  }

  /// Returns how many pairs attempted a handshake, and how many of them completed one.
  func counts(at now: Instant) -> (tried: Int, made: Int) {
    let minute = now.seconds / 60
    var tried: Set<RelayMachine.AttemptKey> = []
    var made: Set<RelayMachine.AttemptKey> = []
    for slice in slices where slice.minute + Self.minutes > minute {
      tried.formUnion(slice.tried)
      made.formUnion(slice.made)
    }
    return (tried.count, made.count)
  }
}
