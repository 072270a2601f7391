import ConfigCompiler
import ConfigModel
import FileAccess
import FoundationEssentials
import KeyBundles
import ProcessSupport
import StatusServer

/// Caller of a measurement: the owner of an API token, or the user of the machine on which the relays run.
struct MeasuringCaller: Sendable {
  /// Name in audit records.
  let name: String
  /// Permissions in the applied commit.
  let rights: Rights
  /// Reason why the token is not accepted; nil if it is, or if none was given.
  var refusal: String?

  private static let variable = "WPEX_TOKEN"

  /// - Parameters:
  ///   - tokenFile: file with the API token; `-` is standard input, nil is `WPEX_TOKEN`.
  ///   - applied: commit whose users and roles count.
  ///   - environment: the environment's variables.
  /// - Throws: `NetworkMeasurementError` if a required token is missing, `FileAccessError` if its file cannot be read.
  init(
    tokenFile: String?, at site: any MeasuringSite, _ applied: AppliedCommit,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    guard let token = try Self.token(tokenFile, environment) else {
      guard site.trustsFileAccess else {
        throw NetworkMeasurementError(
          .usage,
          "an API token is required: name its file with --token-file, or set \(Self.variable); its SHA-256 must be "
            + "in `User.spec.access.tokens`")
      }
      // The state folder contains the relays' tokens: a user who can read it can call the relays without wpex.
      self.init(
        name: UserName.current,
        rights: Rights(user: UserID(org: nil, name: UserName.current), everywhere: [.relaysRead, .diagnosticsRun]))
      return
    }
    let compilation = applied.compilation
    let owner = compilation.tokens[try SHA256Digest.hex(of: token)]
    guard let owner, owner.isGood(on: compilation.now.day), let user = compilation.user(owner.user),
      compilation.isActive(owner.user)
    else {
      self.init(
        name: UserName.current, rights: Rights(user: UserID(org: nil, name: UserName.current)),
        refusal: "the token belongs to no active user in the applied commit, or has expired")
      return
    }
    self.init(name: owner.user.description, rights: compilation.rights(of: owner.user))
    // The only client address known is this machine's.
    if !["127.0.0.1", "::1"].contains(where: { AddressRules.allow(IPAddress($0), user.spec.access.ipAllowlist) }) {
      refusal = "the `ipAllowlist` of `\(owner.user)` does not allow this machine: it would have to name 127.0.0.1"
    }
  }

  private init(name: String, rights: Rights, refusal: String? = nil) {
    self.name = name
    self.rights = rights
    self.refusal = refusal
  }

  private static func token(_ file: String?, _ environment: [String: String]) throws -> [UInt8]? {
    let given: [UInt8]
    switch file {
    case "-": given = try Files.readStandardInput()
    case .some(let path): given = try Files.read(path)
    case nil:
      guard let text = environment[variable], !text.isEmpty else { return nil }
      given = Array(text.utf8)
    }
    let token = given.filter { $0 > 0x20 }
    guard !token.isEmpty else { throw NetworkMeasurementError(.usage, "the token is empty") }
    return token
  }
}
