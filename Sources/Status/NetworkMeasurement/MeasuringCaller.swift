import ConfigCompiler
import ConfigModel
import FoundationEssentials
import KeyBundles
import ProcessSupport
import StatusServer

/// Caller of a measurement: the owner of an API token, or the user of the machine on which the relays run.
struct MeasuringCaller: Sendable {
  /// Name in audit records; nil if unknown.
  let name: String?
  /// Permissions in the applied commit.
  let rights: Rights
  /// Reason why the caller is not accepted; nil if it is.
  let refusal: String?
  /// Organization of the user; nil for a global or unknown one.
  var org: String? { rights.user.org }

  /// The caller of `wpex diag` on a machine that has the relays' tokens.
  ///
  /// - Parameters:
  ///   - tokenFile: file with the API token; `-` is standard input, nil is `WPEX_TOKEN`.
  ///   - applied: commit whose users and roles count.
  ///   - environment: the environment's variables.
  /// - Throws: `NetworkMeasurementError` if a required token is missing, `FileAccessError` if its file cannot be read.
  init(
    tokenFile: String?, at site: any MeasuringSite, _ applied: AppliedCommit,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    guard let token = try MeasuringToken.read(tokenFile, environment) else {
      guard site.trustsFileAccess else { throw MeasuringToken.isRequired }
      // The state folder contains the relays' tokens: a user who can read it can call the relays without wpex.
      self.init(
        name: UserName.current,
        rights: Rights(user: UserID(org: nil, name: UserName.current), everywhere: [.relaysRead, .diagnosticsRun]))
      return
    }
    guard let (owner, user) = try Self.owner(of: token, in: applied) else {
      self.init(
        name: UserName.current, rights: Rights(user: UserID(org: nil, name: UserName.current)),
        refusal: Self.unknownToken)
      return
    }
    // The only client address known is this machine's.
    let isAllowed = ["127.0.0.1", "::1"].contains { AddressRules.allow(IPAddress($0), user.access.ipAllowlist) }
    self.init(
      name: owner.description, rights: applied.compilation.rights(of: owner),
      refusal: isAllowed
        ? nil : "the `ipAllowlist` of `\(owner)` does not allow this machine: it would have to name 127.0.0.1")
  }

  /// The caller of a server.
  ///
  /// - Parameters:
  ///   - address: the client's address; nil if unknown.
  ///   - applied: commit whose users and roles count.
  /// - Throws: An error if OpenSSL has no SHA-256.
  init(token: [UInt8], from address: IPAddress?, _ applied: AppliedCommit) throws {
    guard let (owner, user) = try Self.owner(of: token, in: applied) else {
      self.init(name: nil, rights: Rights(user: UserID(org: nil, name: "")), refusal: Self.unknownToken)
      return
    }
    let isAllowed = AddressRules.allow(address, user.access.ipAllowlist)
    let shown = address.map { "\($0)" } ?? "of this request, which is unknown"
    self.init(
      name: owner.description, rights: applied.compilation.rights(of: owner),
      refusal: isAllowed ? nil : "the `ipAllowlist` of `\(owner)` does not allow the address \(shown)")
  }

  private init(name: String?, rights: Rights, refusal: String? = nil) {
    self.name = name
    self.rights = rights
    self.refusal = refusal
  }

  private static let unknownToken = "the token belongs to no active user in the applied commit, or has expired"

  /// Returns the active user whose token it is; nil if there is none, or the token has expired.
  ///
  /// The token is looked up by its digest, so that the time of the look-up reveals nothing about it.
  private static func owner(of token: [UInt8], in applied: AppliedCommit) throws -> (UserID, UserSpec)? {
    let compilation = applied.compilation
    let owner = compilation.tokens[try SHA256Digest.hex(of: token)]
    guard let owner, owner.isGood(on: compilation.now.day), let user = compilation.user(owner.user),
      compilation.isActive(owner.user)
    else { return nil }
    return (owner.user, user.spec)
  }
}
