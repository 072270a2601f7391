import Configuration
import FoundationEssentials
import TextFormats

/// The daemon's settings: from flags, else the environment, else a file. The one list: the reader, the check of the file,
/// `wpex sync settings` and docs/operations.md follow it.
struct SyncSettings {
  /// One of them.
  struct Setting {
    let key: String
    let help: String
    let standard: String
    /// Whether an empty variable says that there shall be none. Elsewhere it says nothing.
    let canBeNone: Bool

    init(_ key: String, _ help: String, standard: String = "", canBeNone: Bool = false) {
      self.canBeNone = canBeNone
      self.key = key
      self.help = help
      self.standard = standard
    }

    /// `WPEX_REPOSITORY_URL`.
    var variable: String {
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

  /// A list of settings for people.
  static func table(of settings: [Setting]) -> String {
    var table = TextTable(["SETTING", "VARIABLE", "DEFAULT", "MEANING"])
    for setting in settings { table.add([setting.key, setting.variable, setting.standard, setting.help]) }
    return table.text
  }

  static let all = [
    Setting("repository.url", "the config repository: https, ssh or a path"),
    Setting("repository.branch", "the branch that counts", standard: "main"),
    Setting("repository.path", "the config repository's folder below the root of the Git repository; the root"),
    Setting("repository.interval", "seconds between looks at it, 0.1 or more", standard: "30"),
    Setting("repository.username", "for https"),
    Setting("repository.passwordFile", "a file with the password or token for https"),
    Setting("repository.sshKeyFile", "the private key for ssh"),
    Setting("repository.knownHostsFile", "the hosts that ssh trusts, as OpenSSH writes them"),
    Setting("repository.certificatesFile", "certificates that https trusts instead of the system's"),
    Setting(
      "repository.connectTimeout", "seconds until the Git server can be spoken to, or the look fails", standard: "10"),
    Setting(
      "repository.silenceTimeout", "seconds of silence of the Git server after which the look fails", standard: "30"),
    Setting("repository.fetchTimeout", "seconds that a look at the repository may take in all", standard: "600"),
    Setting(
      "trust.commit", "the full id of the commit that a daemon without any record of accepted commits starts from"),
    Setting("trust.keys", "a file of SSH public keys, one of which must have signed the commit it starts from"),
    Setting("target.kind", "kubernetes, local or directory", standard: "kubernetes"),
    Setting("target.kubeconfig", "the cluster's kubeconfig; without one, the cluster that this runs in"),
    Setting("target.context", "the context of the kubeconfig; its current one"),
    Setting("target.namespace", "the daemon's own namespace: lease and inventory", standard: "wpex-system"),
    Setting("target.directory", "where the directory target writes"),
    Setting("target.relayProgram", "the wpex-relay of the local target; beside wpex, or on PATH"),
    Setting("regions", "regions to serve, separated by commas; all of them"),
    Setting("state", "the folder in which the daemon remembers"),
    Setting("audit.store", "postgres://… or a SQLite file; audit.sqlite in the state folder"),
    Setting("audit.checkpointKeyFile", "the key that signs checkpoints, as `wpex audit key` makes it; none signs none"),
    Setting("audit.checkpointName", "the name under which it signs", standard: "wpex"),
    Setting("audit.checkpointRecords", "records after which a checkpoint is due", standard: "1000"),
    Setting("audit.checkpointInterval", "seconds after which one is due for a single record", standard: "3600"),
    Setting("audit.checkpointFolder", "a folder that gets a copy of every checkpoint: keep it where the store is not"),
    Setting(
      "audit.resumeAt",
      "the record at which the log ends since it was restored from a backup, from which the daemon goes on"),
    Setting("identityFile", "the platform's age identity, which opens the organizations'"),
    Setting("renderSecretFile", "32 or more random bytes that make key bundles reproducible"),
    Setting("demonstration", "true allows the published identities of sample-repo", standard: "false"),
    Setting("drift.watch", "false follows no changes between those looks", standard: "true"),
    Setting("drift.interval", "seconds between looks at everything for drift", standard: "300"),
    Setting("health.patience", "seconds after which relays that are not healthy are recorded", standard: "300"),
    Setting(
      "pass.patience", "seconds in which a pass must get on; one that does not is broken off, and fails",
      standard: "900"),
    Setting("parallelism", "organizations that are applied at the same time", standard: "8"),
    Setting(
      "http.listen", "ADDRESS:PORT of webhook, metrics and health; empty for none", standard: "127.0.0.1:8081",
      canBeNone: true),
    Setting("http.webhookSecretFile", "the secret that the Git server signs its notices with"),
    Setting("log.format", "text or json", standard: "text"),
  ]

  private let reader: ConfigReader

  /// - Parameters:
  ///   - flags: what the command line says, by key.
  ///   - file: a JSON file of nested objects.
  ///   - list: the settings that there are, and the command that lists them.
  /// - Throws: `CommandError` where the file has a member that is not a setting.
  init(
    flags: [String: String], file: String?, of list: [Setting] = all, listedBy command: String = "wpex sync settings"
  ) throws {
    var providers: [any ConfigProvider] = [Self.provider("flags", flags)]
    let environment = ProcessInfo.processInfo.environment
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

  /// A setting's text; nil where it is empty.
  subscript(key: String) -> String? {
    let value = reader.string(forKey: ConfigKey(key.split(separator: ".").map(String.init)))
    return value?.isEmpty == false ? value : nil
  }

  /// The daemon's own namespace.
  var namespace: String { self["target.namespace"] ?? "wpex-system" }

  /// The number of a setting.
  ///
  /// - Throws: `CommandError` if it is not a number within `range`.
  func number(_ key: String, _ range: ClosedRange<Double>) throws -> Double {
    guard let text = self[key], let value = Double(text), range.contains(value) else {
      throw CommandError(
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
      throw CommandError(.refused, "`\(path)` is not a JSON object")
    }
    var values: [String: String] = [:]
    flatten(json, prefix: "", into: &values)
    for key in values.keys.sorted() where !list.contains(where: { $0.key == key }) {
      throw CommandError(.refused, "`\(path)` has an unknown setting `\(key)`; `\(command)` lists them all")
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
