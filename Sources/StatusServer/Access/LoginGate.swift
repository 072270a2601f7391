import ConfigModel
import FoundationEssentials
import StatusAccess

/// Slows down whoever tries too often to log in, by the client's network, and tells of every login and refusal.
package actor LoginGate {
  /// A login, or one that was refused.
  package struct Attempt: Sendable {
    /// The user, `acme/bert`; nil where it is not known.
    package let user: String?
    package let org: String?
    /// `token` or `oidc`.
    package let method: String
    package let address: String
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
  func wait(_ address: IPAddress?) -> Int { Int(throttle.wait(Self.network(address), now: Int64(now()))) }

  func note(_ viewer: (user: String, org: String?)?, method: String, from address: IPAddress?, refusal: String?) async {
    let network = Self.network(address)
    let moment = Int64(now())
    if refusal == nil {
      throttle.noteSuccess(network, now: moment)
    } else {
      throttle.noteRefusal(network, now: moment)
    }
    keep()
    await note(
      Attempt(
        user: viewer?.user, org: viewer?.org, method: method, address: address.map { "\($0)" } ?? "unknown",
        refusal: refusal))
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

  /// An IPv4 address, or the /64 of an IPv6 one, which one client has as a whole.
  private static func network(_ address: IPAddress?) -> String {
    guard let address else { return "unknown" }
    return address.bytes.prefix(address.isIPv4 ? 4 : 8).map { String($0) }.joined(separator: ".")
  }
}
