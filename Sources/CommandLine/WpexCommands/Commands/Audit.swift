import ArgumentParser
import AuditLog
import AuditStores
import FileAccess
import KeyBundles
import FoundationEssentials
import SyncDaemon
import TextFormats

/// `wpex audit`: subcommands about the audit log.
struct Audit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show, verify, export and import the audit log.",
    discussion: """
      Records are append-only and chained by hashes: changing, removing or adding one breaks the chain. Checkpoints, \
      signed and kept elsewhere, reveal even a chain that was cut off or rewritten.

      --store names the log: a SQLite file (by default that of the state folder), or postgres://… (WPEX_AUDIT_STORE keeps \
      a password off the command line).

      EXAMPLES
        wpex audit list --org acme --limit 20
        wpex audit verify --checkpoint 2026-11.checkpoint --key nordsud+1a2b3c4d+AbCd…
        wpex audit export --format csv > audit.csv
        wpex audit export --format jsonl | wpex audit import --store postgres://…
      """,
    subcommands: [
      List.self, Verify.self, Export.self, Import.self, MakeCheckpoint.self, Key.self, Migrate.self, Bootstrap.self,
    ])

  /// Location of the audit log: `--store`, `WPEX_AUDIT_STORE`, or the SQLite file of the state folder.
  struct StoreOptions: ParsableArguments {
    @OptionGroup var location: StateOptions

    @Option(help: ArgumentHelp("A SQLite file or a PostgreSQL connection.", valueName: "store"))
    var store: String?

    var place: String {
      let environment = ProcessInfo.processInfo.environment["WPEX_AUDIT_STORE"].flatMap { $0.isEmpty ? nil : $0 }
      return store ?? environment ?? "\(location.state)/audit.sqlite"
    }

    /// - Throws: `CommandError` if there is no such log, or if it cannot be opened.
    func open(mustExist: Bool = true) async throws -> any AuditStore {
      let location = AuditLocation(place)
      if case .sqlite(let path) = location, mustExist, !Files.exists(path) {
        throw CommandError(
          .failed, "there is no audit log at `\(path)`: name it with --store, or its folder with --state")
      }
      do { return try await location.open() } catch { throw Audit.failure(error) }
    }
  }

  /// Translates errors of audit stores into failures of commands; returns all others unchanged.
  static func failure(_ error: any Error) -> any Error {
    switch error {
    case let failure as AuditError:
      CommandError(failure.kind == .invalid ? .refused : .failed, failure.description)
    case let error as SyncDaemonError: CommandError(error)
    case let fault as ChainVerification.Fault: CommandError(.refused, fault.description)
    default: error
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show records, newest last.",
      discussion: """
        EXAMPLES
          wpex audit list --org acme --action object.deleted
          wpex audit list --generation 12 --json
        """)

    @OptionGroup var store: StoreOptions
    @Option(help: "Filter by organization.") var org: String?
    @Option(help: "Filter by action, such as object.updated.") var action: AuditAction?
    @Option(help: "Filter by user or author.") var actor: String?
    @Option(help: "Filter by commit, or the first characters of its id.") var commit: String?
    @Option(help: "Filter by apply number (generation).") var generation: Int?
    @Option(help: "Maximum number of records.") var limit = 50
    @OptionGroup var result: ResultOptions<Status.OutputForm>

    func validate() throws {
      guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be 1 to 100000") }
    }

    func run() async throws {
      var query = AuditQuery()
      query.org = org
      query.action = action
      query.actor = actor
      query.commit = commit
      query.generation = generation
      query.limit = limit
      let records: [AuditRecord]
      do {
        records = try await store.open().records(matching: query).reversed()
      } catch {
        throw Audit.failure(error)
      }
      if result.form == .json {
        let list = records.map { record -> JSON in
          var members: JSON.Members = ["sequence": .integer(Int(record.sequence))]
          if case .object(let fields)? = record.entry?.json {
            for pair in fields.pairs { members[pair.name] = pair.value }
          }
          members["hash"] = .string(hexadecimal(record.hash))
          return .object(members)
        }
        return try result.write(JSON.array(list).text(.indented))
      }
      var table = TextTable(["#", "TIME", "ACTION", "WHO", "WHAT", "COMMIT", "DETAIL"])
      for record in records {
        guard let entry = record.entry else { continue }
        let what = [entry.org, entry.kind.map { "\($0) \(entry.name ?? "")" }].compactMap { $0 }.joined(separator: ": ")
        table.add([
          String(record.sequence), AuditExport.timestamp(entry.time), entry.action.rawValue, entry.actor.shown, what,
          String((entry.commit ?? "").prefix(8)), entry.detail ?? "",
        ])
      }
      try result.show(table.text)
    }
  }

  /// `wpex audit verify`: exit code 1 if the chain or a checkpoint does not match.
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recompute every link of the chain, and name the first bad record.",
      discussion: """
        EXAMPLES
          wpex audit verify
          wpex audit verify --checkpoint exported.checkpoint --key nordsud+1a2b3c4d+AbCd…
        """)

    @OptionGroup var store: StoreOptions
    @Option(help: ArgumentHelp("A checkpoint that was kept elsewhere; can be repeated.", valueName: "file"))
    var checkpoint: [String] = []
    @Option(
      help: ArgumentHelp("The public key that signs checkpoints, as `wpex audit key` prints it.", valueName: "key"))
    var key: String?

    func validate() throws {
      if !checkpoint.isEmpty, key == nil {
        throw ValidationError("--checkpoint needs --key: anyone can write a checkpoint")
      }
    }

    func run() async throws {
      do {
        let verifier = try key.map { try CheckpointVerifier(parsing: $0) }
        let exported = try checkpoint.map { try Checkpoint(parsing: String(decoding: Files.read($0), as: UTF8.self)) }
        let head = try await store.open().verify(against: exported, signedBy: verifier)
        Terminal.output("\(head.sequence) records are intact; the last one's hash is \(hexadecimal(head.hash))")
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write all records to standard output.",
      discussion: """
        EXAMPLES
          wpex audit export --format csv > audit.csv
          wpex audit export --format cloudevents | curl --data-binary @- https://siem.example/events
        """)

    @OptionGroup var store: StoreOptions
    @Option(help: "jsonl (which `import` reads), cloudevents or csv.") var format = AuditExport.jsonl

    func run() async throws {
      do {
        let store = try await store.open()
        Terminal.output(format.head, endsLine: false)
        var next: Int64 = 1
        while true {
          let records = try await store.records(from: next, limit: 1_000)
          Terminal.output(records.map(format.text).joined(), endsLine: false)
          guard let last = records.last else { return }
          next = last.sequence + 1
        }
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  /// `wpex audit import`: keeps every hash, and verifies the chain afterwards.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Import records of `export --format jsonl` from standard input; hashes are kept.",
      discussion: """
        EXAMPLES
          wpex audit export --store audit.sqlite | wpex audit import --store postgres://wpex_audit_owner@db/wpex
        """)

    @OptionGroup var store: StoreOptions

    func run() async throws {
      do {
        let store = try await store.open(mustExist: false)
        let known = try await store.head().sequence
        var batch: [AuditRecord] = []
        var count = 0
        while let line = readLine() {
          let record = try AuditExport.record(parsing: line)
          // Skipping records that the log has already makes an import repeatable.
          guard record.sequence > known else { continue }
          batch.append(record)
          count += 1
          if batch.count == 1_000 {
            try await store.adopt(batch)
            batch = []
          }
        }
        if !batch.isEmpty { try await store.adopt(batch) }
        let head = try await store.verify()
        Terminal.output("\(count) records imported; \(head.sequence) are intact")
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a key that signs checkpoints, or print its public half.",
      discussion: """
        EXAMPLES
          wpex audit key --name nordsud --out checkpoint.key
        """)

    @Option(help: "The name under which it signs.") var name = "wpex"
    @Option(help: ArgumentHelp("The secret key's file; created if it does not exist.", valueName: "file")) var out:
      String

    func validate() throws {
      guard !name.isEmpty, !name.contains(where: { $0 == "+" || $0.isWhitespace }) else {
        throw ValidationError("a key's name must not contain blanks or `+`")
      }
    }

    func run() throws {
      do {
        if !Files.exists(out) {
          try Files.write(Array(try SigningKey.generate().text.utf8), to: out, isSecret: true)
        }
        Terminal.output("\(try CheckpointKey(file: out, name: name).verifier)")
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  /// `wpex audit checkpoint`.
  struct MakeCheckpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "checkpoint", abstract: "Sign the current end of the log, to be kept elsewhere.",
      discussion: """
        EXAMPLES
          wpex audit checkpoint --key checkpoint.key --name nordsud > 2026-11-24.checkpoint
        """)

    @OptionGroup var store: StoreOptions
    @Option(help: ArgumentHelp("The secret key's file.", valueName: "file")) var key: String
    @Option(help: "The name under which it signs.") var name = "wpex"

    func run() async throws {
      do {
        let store = try await store.open()
        let head = try await store.verify()
        let checkpoint = try Checkpoint(
          origin: "wpex.io/audit/\(name)", head: head, key: try CheckpointKey(file: key, name: name))
        try await store.add(checkpoint)
        Terminal.output(checkpoint.text)
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Migrate the tables of a PostgreSQL database to this version.",
      discussion: """
        EXAMPLES
          wpex audit migrate --store postgres://wpex_audit_owner@db/wpex
        """)

    @OptionGroup var store: StoreOptions

    func run() async throws {
      guard case .postgres(let connection) = AuditLocation(store.place) else {
        throw CommandError(.usage, "a SQLite file needs no migration: it is brought up to date when it is opened")
      }
      do {
        let versions = try await PostgresAuditStore.migrate(connection: connection)
        Terminal.output(
          versions.from == versions.to
            ? "version \(versions.to), nothing to do" : "from version \(versions.from) to \(versions.to)")
      } catch {
        throw Audit.failure(error)
      }
    }
  }

  struct Bootstrap: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the SQL that a superuser of PostgreSQL runs once: roles and schema.",
      discussion: """
        EXAMPLES
          wpex audit bootstrap | psql --dbname wpex
        """)

    func run() { Terminal.output(PostgresSchema.bootstrap) }
  }
}

extension AuditAction: ExpressibleByArgument {}
extension AuditExport: ExpressibleByArgument {}
