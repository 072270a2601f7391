import FoundationEssentials
import StatusAuthentication
import Synchronization

/// Limits on requests to measure: of wrong tokens for a network, and of measurements for a user, an organization and in
/// all.
///
/// Memory is bounded: only users of the repository have an entry, and only while they need one.
final class MeasuringLimits: Sendable {
  /// Why a request has to wait, with the seconds after which to try again.
  struct Exceeded: Error, Equatable {
    let reason: String
    let retryAfter: Int
  }

  /// Measurements of a user at once, before they have to wait.
  static let burst = 10.0
  /// Seconds after which a user may measure once more.
  static let interval = 3.0
  /// Measurements of a user at the same time.
  static let ofUser = 2
  /// Measurements of an organization's users at the same time.
  static let ofOrganization = 8
  /// Measurements at the same time.
  static let inAll = 32
  /// Requests whose token is looked up at the same time.
  static let lookups = 64
  /// Refused tokens that are recorded in a minute, one for each network.
  static let records = 60

  private struct Bucket {
    var level = MeasuringLimits.burst
    var time: Double
  }

  private struct State {
    var throttle: LoginThrottle
    var lookups = 0
    var buckets: [String: Bucket] = [:]
    var running: [String: Int] = [:]
    var minute: Int64 = -1
    var recorded: Set<String> = []
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> Double

  /// - Parameter now: returns the current time in seconds since 1970.
  init(now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }) {
    var generator = SystemRandomNumberGenerator()
    let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    state = Mutex(State(throttle: LoginThrottle(secret: secret)))
    self.now = now
  }

  // MARK: - Tokens

  /// Admits a request whose token is to be looked up. Call `endLookup` afterwards.
  ///
  /// - Parameter network: the client's network.
  /// - Throws: `Exceeded` after too many wrong tokens.
  func beginLookup(_ network: String) throws(Exceeded) {
    let now = Int64(now())
    let excess = state.withLock { state -> Exceeded? in
      let wait = state.throttle.wait(network, now: now)
      guard wait == 0 else {
        return Exceeded(reason: "too many wrong tokens came from your network", retryAfter: Int(wait))
      }
      guard state.lookups < Self.lookups else {
        return Exceeded(reason: "too many requests are under way", retryAfter: 1)
      }
      state.lookups += 1
      return nil
    }
    if let excess { throw excess }
  }

  /// Ends what `beginLookup` has begun.
  func endLookup() { state.withLock { $0.lookups -= 1 } }

  /// Counts a wrong token.
  ///
  /// - Returns: Whether to record it: once a minute for each network, within a limit for all.
  func noteWrongToken(_ network: String) -> Bool {
    let now = Int64(now())
    return state.withLock { state in
      state.throttle.noteRefusal(network, now: now)
      if state.minute != now / 60 {
        state.minute = now / 60
        state.recorded = []
      }
      guard state.recorded.count < Self.records else { return false }
      return state.recorded.insert(network).inserted
    }
  }

  // MARK: - Users

  /// Counts a request of a user.
  ///
  /// - Throws: `Exceeded` if the user has to wait.
  func admit(_ user: String) throws(Exceeded) {
    let now = now()
    let excess = state.withLock { state -> Exceeded? in
      var bucket = state.buckets[user] ?? Bucket(time: now)
      bucket.level = min(Self.burst, bucket.level + max(0, now - bucket.time) / Self.interval)
      bucket.time = now
      guard bucket.level >= 1 else {
        state.buckets[user] = bucket
        let seconds = ((1 - bucket.level) * Self.interval).rounded(.up)
        return Exceeded(reason: "you have measured too often", retryAfter: max(1, Int(seconds)))
      }
      bucket.level -= 1
      state.buckets[user] = bucket
      if state.buckets.count > 1_000 {
        // A bucket that is full again need not be remembered.
        state.buckets = state.buckets.filter { $0.value.level + (now - $0.value.time) / Self.interval < Self.burst }
      }
      return nil
    }
    if let excess { throw excess }
  }

  /// Takes a place among the measurements that run. Call `leave` at its end.
  ///
  /// - Throws: `Exceeded` if none is free.
  func enter(_ user: String, of org: String?) throws(Exceeded) {
    let places = Self.places(user, org)
    let isFree = state.withLock { state in
      guard places.allSatisfy({ state.running[$0.name, default: 0] < $0.limit }) else { return false }
      for place in places { state.running[place.name, default: 0] += 1 }
      return true
    }
    guard isFree else { throw Exceeded(reason: "too many measurements are under way", retryAfter: 5) }
  }

  /// Gives back a place that `enter` took.
  func leave(_ user: String, of org: String?) {
    state.withLock { state in
      for place in Self.places(user, org) {
        let rest = state.running[place.name, default: 1] - 1
        state.running[place.name] = rest > 0 ? rest : nil
      }
    }
  }

  private static func places(_ user: String, _ org: String?) -> [(name: String, limit: Int)] {
    [("user \(user)", ofUser), (org.map { "org \($0)" } ?? "platform", ofOrganization), ("all", inAll)]
  }
}
