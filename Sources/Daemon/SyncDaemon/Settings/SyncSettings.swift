import Configuration
import FileAccess
import FoundationEssentials
import TextFormats

/// Settings of the daemon, from flags, else the environment, else a file.
///
/// `all` is the only list of them: the reader, the check of the file, `wpex sync settings` and docs/operations.md follow it.
package struct SyncSettings: Sendable {
  /// Description of a setting.
  package struct Setting: Sendable {
    /// The key, such as `repository.url`.
    package let key: String
    /// The help text.
    package let help: String
    /// The default; empty if there is none.
    package let standard: String
    /// Whether an empty environment variable unsets it. For other settings, an empty variable is ignored.
    let canBeNone: Bool

    /// Describes a setting.
    package init(_ key: String, _ help: String, standard: String = "", canBeNone: Bool = false) {
      self.canBeNone = canBeNone
      self.key = key
      self.help = help
      self.standard = standard
    }

    /// The environment variable, such as `WPEX_REPOSITORY_URL`.
    package var variable: String {
      var name = "WPEX_"
      for character in key {
        if character == "." {
          name += "_"
        } else if character.isUppercase {
          name += "_\(character)"
        } else {
          name += character.uppercased()
        }
      }
      return name
    }
  }

  /// Returns a list of settings as a text for people.
  package static func table(of settings: [Setting]) -> String {
    var table = TextTable(["SETTING", "VARIABLE", "DEFAULT", "MEANING"])
    for setting in settings { table.add([setting.key, setting.variable, setting.standard, setting.help]) }
    return table.text
  }

  /// The setting of the clusters, which a status server has too.
  package static let kubeconfig = Setting(
    "target.kubeconfig",
    "a kubeconfig with the contexts that regions name in `cluster`; without one, the cluster that this runs in")

  /// The daemon's settings.
  package static let all = [
    Setting("repository.url", "the config repository: https, ssh or a path"),
    Setting("repository.branch", "the branch to follow", standard: "main"),
    Setting("repository.path", "the config repository's folder inside the Git repository; by default, its root"),
    Setting("repository.interval", "seconds between polls of the repository, 0.1 or more", standard: "30"),
    Setting("repository.username", "the user name for https"),
    Setting("repository.passwordFile", "a file with the password or token for https"),
    Setting("repository.sshKeyFile", "the private key for ssh"),
    Setting("repository.knownHostsFile", "the hosts that ssh trusts, in the format of OpenSSH's known_hosts"),
    Setting("repository.certificatesFile", "certificates that https trusts instead of the system's"),
    Setting(
      "repository.connectTimeout", "seconds to wait for a connection to the Git server before the poll fails",
      standard: "10"),
    Setting(
      "repository.silenceTimeout", "seconds without data from the Git server after which the poll fails", standard: "30"
    ),
    Setting("repository.fetchTimeout", "seconds that a poll of the repository can take in total", standard: "600"),
    Setting(
      "trust.commit", "the full id of the commit that a daemon starts from if it has no record of accepted commits"),
    Setting("trust.keys", "a file of SSH public keys, one of which must have signed the commit that it starts from"),
    Setting("target.kind", "kubernetes, local or directory", standard: "kubernetes"),
    kubeconfig,
    Setting(
      "target.context", "the context or name of the daemon's own cluster, `in-cluster`; by default, the current context"
    ),
    Setting(
      "target.namespace", "the daemon's own namespace in each cluster: lease and inventory", standard: "wpex-system"),
    Setting("target.directory", "the folder that the directory target writes to"),
    Setting("target.relayProgram", "the wpex-relay program of the local target; by default, next to wpex or on PATH"),
    Setting(
      "target.bind", "where relays of the local target listen: an address of this machine, any or loopback",
      standard: "loopback"),
    Setting(
      "target.keepRelays", "true lets relays of the local target go on while the daemon restarts", standard: "false"),
    Setting("regions", "regions to serve, separated by commas; by default, all of them"),
    Setting("state", "the folder of the daemon's state"),
    Setting("audit.store", "postgres://… or a SQLite file; by default, audit.sqlite in the state folder"),
    Setting(
      "audit.checkpointKeyFile",
      "the key that signs checkpoints, created by `wpex audit key`; without one, none are signed"),
    Setting("audit.checkpointName", "the name under which it signs", standard: "wpex"),
    Setting("audit.checkpointRecords", "records after which a checkpoint is due", standard: "1000"),
    Setting(
      "audit.checkpointInterval", "seconds after which a checkpoint is due even for a single record", standard: "3600"),
    Setting("audit.checkpointFolder", "a folder for a copy of every checkpoint; keep it apart from the store"),
    Setting(
      "audit.resumeAt",
      "the last record of a log that was restored from a backup; the daemon continues after it"),
    Setting("identityFile", "the platform's age identity, which opens those of the organizations"),
    Setting(
      "signingKeyFile",
      "a key that signs what relays use, if `declarationKeys` of the platform does not name that of its identity"),
    Setting("renderSecretFile", "32 or more random bytes that make key bundles reproducible"),
    Setting("demonstration", "true allows the published identities of sample-repo", standard: "false"),
    Setting("drift.watch", "true also watches for changes between the checks for drift", standard: "true"),
    Setting("drift.interval", "seconds between checks of everything for drift", standard: "300"),
    Setting("health.patience", "seconds after which unhealthy relays are recorded", standard: "300"),
    Setting(
      "pass.patience", "seconds without progress after which a pass is cancelled and fails",
      standard: "900"),
    Setting("parallelism", "number of organizations that are applied at the same time", standard: "8"),
    Setting(
      "http.listen", "ADDRESS:PORT of webhook, metrics, health and measurements; empty for none",
      standard: "127.0.0.1:8081",
      canBeNone: true),
    Setting("http.webhookSecretFile", "the secret with which the Git server signs its webhook requests"),
    Setting(
      "http.measurements", "true has relays measure for users with an API token: `wpex diag --server`",
      standard: "false"),
    Setting(
      "http.trustedProxies", "addresses and networks whose X-Forwarded-For is trusted, for measurements"),
    Setting("log.format", "text or json", standard: "text"),
  ]

  private let reader: ConfigReader

  /// - Parameters:
  ///   - flags: the values from the command line, by key.
  ///   - file: a JSON file of nested objects; nil if there is none.
  ///   - list: all settings.
  ///   - command: the command that lists them, for messages.
  ///   - environment: the environment's variables.
  /// - Throws: `SyncDaemonError` if the file is not a JSON object, or has a member that is not a setting.
  package init(
    flags: [String: String], file: String?, of list: [Setting] = all, listedBy command: String = "wpex sync settings",
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    var providers: [any ConfigProvider] = [Self.provider("flags", flags)]
    var variables: [String: String] = [:]
    for setting in list where environment[setting.variable].map({ !$0.isEmpty || setting.canBeNone }) ?? false {
      variables[setting.key] = environment[setting.variable]
    }
    providers.append(Self.provider("environment", variables))
    if let file { providers.append(Self.provider(file, try Self.read(file, list, command))) }
    providers.append(
      Self.provider("defaults", Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0.standard) })))
    reader = ConfigReader(providers: providers)
  }

  /// The value of a setting; nil if it is empty.
  package subscript(key: String) -> String? {
    let value = reader.string(forKey: ConfigKey(key.split(separator: ".").map(String.init)))
    return value?.isEmpty == false ? value : nil
  }

  /// The daemon's own namespace.
  package var namespace: String { self["target.namespace"] ?? "wpex-system" }
  /// Names of the regions to serve; nil for all.
  package var regions: Set<String>? { self["regions"].map { Set($0.split(separator: ",").map(String.init)) } }

  /// Returns the value of a setting as a number.
  ///
  /// - Throws: `SyncDaemonError` if it is not a number within `range`.
  package func number(_ key: String, _ range: ClosedRange<Double>) throws -> Double {
    guard let text = self[key], let value = Double(text), range.contains(value) else {
      throw SyncDaemonError(
        .usage, "the setting `\(key)` must be a number from \(Self.text(range.lowerBound)) to \(Int(range.upperBound))")
    }
    return value
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() ? String(Int(number)) : String(number)
  }

  private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
    var contents: [AbsoluteConfigKey: ConfigValue] = [:]
    for (key, value) in values {
      contents[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = ConfigValue(
        .string(value), isSecret: key == "audit.store")
    }
    return InMemoryProvider(name: name, values: contents)
  }

  private static func read(_ path: String, _ list: [Setting], _ command: String) throws -> [String: String] {
    guard let json = try? JSON(parsing: Files.read(path)), case .object = json else {
      throw SyncDaemonError(.refused, "`\(path)` is not a JSON object")
    }
    var values: [String: String] = [:]
    flatten(json, prefix: "", into: &values)
    for key in values.keys.sorted() where !list.contains(where: { $0.key == key }) {
      throw SyncDaemonError(.refused, "`\(path)` has an unknown setting `\(key)`; `\(command)` lists them all")
    }
    return values
  }

  private static func flatten(_ json: JSON, prefix: String, into values: inout [String: String]) {
    if case .object(let members) = json {
      for (name, value) in members.pairs {
        flatten(value, prefix: prefix.isEmpty ? name : "\(prefix).\(name)", into: &values)
      }
      return
    }
    switch json {
    case .string(let text): values[prefix] = text
    case .integer(let number): values[prefix] = String(number)
    case .number(let number): values[prefix] = String(number)
    case .bool(let flag): values[prefix] = String(flag)
    case .array(let elements): values[prefix] = elements.compactMap(\.text).joined(separator: ",")
    case .null: values[prefix] = ""
    case .object: break
    }
  }
}
