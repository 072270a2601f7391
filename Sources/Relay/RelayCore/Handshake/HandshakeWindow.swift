/// Which pairs of initiating address and key have tried to shake hands in the last five minutes, and which have: however
/// often a peer tries one that is switched off, that is one pair.
struct HandshakeWindow: Sendable {
  private struct Slice {
    var minute: UInt64
    var tried: Set<RelayMachine.AttemptKey> = []
    var made: Set<RelayMachine.AttemptKey> = []
  }

  private static let minutes: UInt64 = 5
  /// Pairs that one minute remembers.
  private static let capacity = 16_384
  private var slices: [Slice] = []

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

  /// Pairs that tried, and those of them that made a session.
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
