import ArgumentParser
import ConfigModel
import FileAccess
import LegacyImport
import Diagnostics
import FoundationEssentials
import KeyBundles
import PostgresClient
import RepositoryEditing
import TextFormats

/// `wpex import`: a config repository from the database of the console that wpex replaces.
struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Create a config repository from the database of the console that wpex replaces.",
    discussion: """
      Reads users, tenants, access_keys, servers and server_keys_link (and sites, if there are any) in one read-only \
      transaction, and writes a repository that validates into a new folder. Every row is accounted for: what cannot be \
      mapped is listed with the reason and left out, and what was renamed or changed is listed too. Passwords, MFA secrets \
      and API keys are not read.

      Keys are decrypted by PostgreSQL's pgcrypto with the console's passphrase, from --passphrase-file (`-` is standard \
      input) or WPEX_CONSOLE_PASSPHRASE. The connection can come from WPEX_CONSOLE_DATABASE instead of --from, and its \
      password from PGPASSFILE: both keep it off the command line.

      EXAMPLES
        wpex identity new --out platform.identity
        wpex import --from postgres://wpex_admin@db/wpex_keys_db --passphrase-file key.txt \\
          --recipient age1… --out relays
        wpex import … --public-host relay.example.net --mail-domain example.net
        wpex import … --json | jq '.listing[] | select(.outcome == "left out")'
      """)

  @Option(help: ArgumentHelp("The console's database, as libpq reads it.", valueName: "postgres://…"))
  var from: String?

  @Option(help: ArgumentHelp("The folder to write; it must be new or empty.", valueName: "dir"))
  var out: String

  @Option(help: ArgumentHelp("The file with the console's passphrase.", valueName: "file"))
  var passphraseFile: String?

  @Option(
    help: ArgumentHelp("The age recipient of the sync daemon: `wpex identity new` creates one.", valueName: "age1…"))
  var recipient: String

  @Option(help: ArgumentHelp("Name of the platform.", valueName: "name"))
  var name = "platform"

  @Option(help: ArgumentHelp("Region of servers without one.", valueName: "name"))
  var region = "default"

  @Option(
    help: ArgumentHelp("The host that peers send to: HOST, or REGION=HOST for each region.", valueName: "host"))
  var publicHost: [String] = []

  @Option(help: ArgumentHelp("Mail domain of users whose address the console does not know.", valueName: "domain"))
  var mailDomain = "import.invalid"

  @Option(help: ArgumentHelp("The organization for rows without a tenant.", valueName: "name"))
  var organization: String?

  @Option(help: ArgumentHelp("An admin to add to those of the console.", valueName: "name=email"))
  var admin: String?

  @Option(help: ArgumentHelp("The image of wpex-relay, REPOSITORY:TAG or with @DIGEST.", valueName: "image"))
  var image: String?

  @Flag(help: "Seal public keys to their organization instead of writing them in the clear.")
  var seal = false

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  func validate() throws {
    if let admin, Self.pair(admin) == nil { throw ValidationError("--admin must be NAME=EMAIL, not `\(admin)`") }
  }

  func run() async throws {
    let options = try options()
    let connection = try setting(from, "WPEX_CONSOLE_DATABASE", orElse: "name the console's database with --from")
    let passphrase = try passphrase()
    try refuseFullFolder()
    let contents: ConsoleContents
    do {
      contents = try await ConsoleDatabase(connection: connection).contents(passphrase: passphrase)
    } catch let failure as PostgresClientError {
      throw CommandError(.failed, failure.description)
    } catch let refused as ConsoleDatabase.Refused {
      throw CommandError(.refused, refused.description)
    }
    let imported: ConsoleImport
    do {
      let now = Timestamp(unixSeconds: Int64(Date.now.timeIntervalSince1970))
      imported = try await ConsoleImport(contents, options, now: now)
    } catch let refused as ConsoleImport.Refused {
      throw CommandError(.refused, refused.description)
    } catch let error as KeyBundleError {
      throw CommandError(.failed, "nothing can be sealed: \(error.reason)")
    }
    try write(imported)
    try report(imported, missing: contents.missing)
  }

  private func write(_ imported: ConsoleImport) throws {
    for document in imported.documents {
      let path = "\(out)/\(document.path)"
      try Files.makeFolder(Files.parent(of: path))
      try Files.write(Self.laidOut(document), to: path)
    }
  }

  /// A document in the layout of `wpex fmt`.
  private static func laidOut(_ document: ImportedDocument) -> [UInt8] {
    let file = SourceFile(path: document.path, text: document.text)
    if case .formatted(let bytes) = Formatter.format(file) { return bytes }
    return file.bytes
  }

  private func report(_ imported: ConsoleImport, missing: [String]) throws {
    if !missing.isEmpty {
      Terminal.error("not in this database, and skipped: \(missing.joined(separator: ", "))")
    }
    if result.form == .json {
      try result.write(imported.json.text(.indented))
    } else {
      if result.file == nil { Terminal.error(imported.text) } else { try result.write(imported.text) }
      Terminal.note("wrote \(out); check it with `wpex validate --repo \(out)`")
    }
  }

  private func options() throws -> ImportOptions {
    var options: ImportOptions
    do {
      options = ImportOptions(recipient: try AgeRecipient(recipient))
    } catch {
      throw CommandError(.usage, "--recipient: \(error.reason)")
    }
    options.platformName = name
    options.region = region
    options.mailDomain = mailDomain
    options.organization = organization
    options.sealsKeys = seal
    options.admin = admin.flatMap(Self.pair).map { ImportOptions.Admin(name: $0.0, email: $0.1) }
    for host in publicHost {
      let pair = Self.pair(host) ?? ("", host)
      options.publicHosts[pair.0] = pair.1
    }
    if let image { options.setImage(image) }
    return options
  }

  private func setting(_ given: String?, _ variable: String, orElse help: String) throws -> String {
    if let given { return given }
    if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return value }
    throw CommandError(.usage, "\(help), or \(variable)")
  }

  private func passphrase() throws -> String {
    guard let passphraseFile else {
      return try setting(
        nil, "WPEX_CONSOLE_PASSPHRASE", orElse: "pass the passphrase of the keys with --passphrase-file")
    }
    let bytes = passphraseFile == "-" ? try Files.readStandardInput() : try Files.read(passphraseFile)
    var text = String(decoding: bytes, as: UTF8.self)
    while text.last?.isNewline == true { text.removeLast() }
    // Editors on Windows begin files with a byte order mark.
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    guard !text.isEmpty else { throw CommandError(.usage, "the passphrase in `\(passphraseFile)` is empty") }
    return text
  }

  private func refuseFullFolder() throws {
    guard Files.exists(out) else { return }
    let present = try? FileManager.default.contentsOfDirectory(atPath: out)
    guard let present, present.allSatisfy({ $0 == ".git" }) else {
      throw CommandError(
        .refused, "`\(out)` is not empty: an import needs a new or empty folder")
    }
  }

  /// Splits `NAME=VALUE`; nil if either is empty.
  private static func pair(_ text: String) -> (String, String)? {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    return parts.count == 2 ? (parts[0], parts[1]) : nil
  }
}
