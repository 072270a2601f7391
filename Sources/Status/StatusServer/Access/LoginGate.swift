import ConfigCompiler
package import ConfigModel
import FoundationEssentials
import KeyBundles
import StatusAuthentication

/// Slows down repeated login attempts by client network, and reports every login and refusal.
///
/// Only deliberate attempts count: a wrong token, or a code that the provider did not issue. Requests that any page can
/// make a browser send, and refusals by a provider, are reported but do not cause pauses.
package actor LoginGate {
  /// Method of login. Pauses of one method do not affect the other.
  package enum Way: String, Sendable {
    case token
    case oidc
  }

  /// A login or a refused attempt.
  package struct Attempt: Sendable {
    /// User, such as `acme/bert`; nil if unknown.
    package let user: String?
    /// Organization of the user; nil for a global or unknown user.
    package let org: String?
    /// Method of login.
    package let way: Way
    /// Address of the client, or `unknown`.
    package let address: String
    /// Network of the address, by which attempts are counted.
    package let network: String
    /// Why it was refused; nil for a login. Contains nothing from the request.
    package let refusal: String?
  }

  private var throttle: LoginThrottle
  private let save: @Sendable ([UInt8]) -> Void
  private let note: @Sendable (Attempt) async -> Void
  private let now: @Sendable () -> Double
  private var isSaving = false
  private var isChanged = false

  /// Creates a gate.
  ///
  /// - Parameters:
  ///   - kept: last state passed to `save` before a restart; nil if there is none.
  ///   - save: stores the state; called at most once a second.
  ///   - note: called with every login and refusal.
  ///   - now: returns the current time in seconds since 1970.
  package init(
    kept: [UInt8]?, save: @escaping @Sendable ([UInt8]) -> Void, note: @escaping @Sendable (Attempt) async -> Void,
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    throttle = kept.flatMap(LoginThrottle.init) ?? LoginThrottle(secret: Array(RandomToken.base64URL().utf8))
    self.save = save
    self.note = note
    self.now = now
  }

  /// Creates a gate without persistent state.
  package init() { self.init(kept: nil, save: { _ in }, note: { _ in }) }

  /// Returns the seconds a client has to wait before the next attempt; 0 for none.
  func wait(_ way: Way, _ address: IPAddress?) -> Int {
    Int(throttle.wait(Self.name(way, address), now: Int64(now())))
  }

  /// Reports a login and forgets earlier refusals.
  func noteLogin(_ user: UserID, _ way: Way, from address: IPAddress?) async {
    throttle.noteSuccess(Self.name(way, address), now: Int64(now()))
    keep()
    await note(
      Attempt(
        user: user.description, org: user.org, way: way, address: Self.text(address), network: Self.network(address),
        refusal: nil))
  }

  /// Reports a refused attempt.
  ///
  /// - Parameters:
  ///   - reason: why it was refused.
  ///   - user: user concerned; nil if unknown.
  ///   - way: method of login.
  ///   - address: address of the client.
  ///   - counts: whether it delays further attempts from this network.
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

  /// Saves the state before the server exits.
  package func finish() {
    guard isChanged else { return }
    isChanged = false
    save(throttle.bytes)
  }

  private static func name(_ way: Way, _ address: IPAddress?) -> String {
    (way == .token ? "" : "\(way.rawValue) ") + network(address)
  }

  /// Returns an IPv4 address, or the /64 network of an IPv6 address, all of which one client controls.
  package static func network(_ address: IPAddress?) -> String {
    guard let address else { return "unknown" }
    return address.bytes.prefix(address.isIPv4 ? 4 : 8).map { String($0) }.joined(separator: ".")
  }

  private static func text(_ address: IPAddress?) -> String { address.map { "\($0)" } ?? "unknown" }
}
