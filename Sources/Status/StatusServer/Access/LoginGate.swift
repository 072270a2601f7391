import ConfigCompiler
import ConfigModel
import FoundationEssentials
import StatusAuthentication

/// Slows down whoever tries too often to log in, by the client's network, and tells of every login and refusal.
///
/// What counts is what somebody in that network tried: a wrong token, or a code that no provider gave. What any page can
/// make a browser do, and what a provider says of somebody, is told of and slows nobody down.
package actor LoginGate {
  /// What somebody tries; pauses of one do not hold up the other.
  package enum Way: String, Sendable {
    case token
    case oidc
  }

  /// A login, or one that was refused.
  package struct Attempt: Sendable {
    /// The user, `acme/bert`; nil where it is not known.
    package let user: String?
    package let org: String?
    package let way: Way
    package let address: String
    /// The address's network, by which tries are counted.
    package let network: String
    /// Why it was refused; nil for a login. Holds nothing that was sent.
    package let refusal: String?
  }

  private var throttle: LoginThrottle
  private let save: @Sendable ([UInt8]) -> Void
  private let note: @Sendable (Attempt) async -> Void
  private let now: @Sendable () -> Double
  private var isSaving = false
  private var isChanged = false

  /// - Parameters:
  ///   - kept: what `save` was given last, before a restart; nil where there is none.
  ///   - save: keeps it; called at most once a second.
  ///   - note: told of every attempt that was looked at.
  ///   - now: seconds since 1970.
  package init(
    kept: [UInt8]?, save: @escaping @Sendable ([UInt8]) -> Void, note: @escaping @Sendable (Attempt) async -> Void,
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    throttle = kept.flatMap(LoginThrottle.init) ?? LoginThrottle(secret: Array(RandomText.make().utf8))
    self.save = save
    self.note = note
    self.now = now
  }

  /// A gate that remembers nothing over restarts.
  package init() { self.init(kept: nil, save: { _ in }, note: { _ in }) }

  /// Seconds that a client has to wait before another try is looked at; 0 where none.
  func wait(_ way: Way, _ address: IPAddress?) -> Int {
    Int(throttle.wait(Self.name(way, address), now: Int64(now())))
  }

  func noteLogin(_ user: UserID, _ way: Way, from address: IPAddress?) async {
    throttle.noteSuccess(Self.name(way, address), now: Int64(now()))
    keep()
    await note(
      Attempt(
        user: user.description, org: user.org, way: way, address: Self.text(address), network: Self.network(address),
        refusal: nil))
  }

  /// - Parameters:
  ///   - user: nil where it is not known.
  ///   - counts: whether it makes the next try from this network wait.
  func noteRefusal(
    _ reason: String, of user: UserID? = nil, _ way: Way, from address: IPAddress?, counts: Bool
  ) async {
    if counts {
      throttle.noteRefusal(Self.name(way, address), now: Int64(now()))
      keep()
    }
    await note(
      Attempt(
        user: user?.description, org: user?.org, way: way, address: Self.text(address), network: Self.network(address),
        refusal: reason))
  }

  private func keep() {
    isChanged = true
    guard !isSaving else { return }
    isSaving = true
    Task {
      while isChanged {
        isChanged = false
        save(throttle.bytes)
        try? await Task.sleep(for: .seconds(1))
      }
      isSaving = false
    }
  }

  /// Keeps what is not kept yet, before the server ends.
  package func finish() {
    guard isChanged else { return }
    isChanged = false
    save(throttle.bytes)
  }

  private static func name(_ way: Way, _ address: IPAddress?) -> String {
    (way == .token ? "" : "\(way.rawValue) ") + network(address)
  }

  /// An IPv4 address, or the /64 of an IPv6 one, which one client has as a whole.
  private static func network(_ address: IPAddress?) -> String {
    guard let address else { return "unknown" }
    return address.bytes.prefix(address.isIPv4 ? 4 : 8).map { String($0) }.joined(separator: ".")
  }

  private static func text(_ address: IPAddress?) -> String { address.map { "\($0)" } ?? "unknown" }
}
