import AuditLog
import TextFormats
import TestSupport
import Testing

@testable import AuditStores
@testable import PostgresClient

/// What the roles of deploy/postgres, and somebody who may make objects in the database, try beyond what is theirs.
@Suite(.serialized) struct HostileRolesTests {
  private func withServer(_ body: (PostgresServer) async throws -> Void) async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.psql(PostgresSchema.bootstrap)
    _ = try await PostgresAuditStore.migrate(connection: server.connection())
    try await body(server)
  }

  private static func login(_ time: Int64 = 2) -> AuditEntry {
    AuditEntry(time: time, action: .loggedIn, actor: AuditActor(user: "acme/bert"), org: "acme")
  }

  private func hexadecimalText(_ text: String) -> String {
    "'\\x" + hexadecimal(Array(text.utf8)) + "'::bytea"
  }

  /// Records that say two things, or that wpex could not read back and would take for a broken chain.
  @Test func statusServerWritesOnlyWhatCanBeReadBack() async throws {
    try await withServer { server in
      let hostile = [
        #"{"action":"object.deleted","action":"login","time":2,"version":1}"#,
        #"{"action":"login","action":"object.deleted","time":2,"version":1}"#,
        #"{"action":"login","time":2}"#, #"{"action":"login", "time":2,"version":1}"#,
        #"{"time":2,"action":"login","version":1}"#, #"{"action":"login","time":2.0,"version":1}"#,
        #"{"action":"login","time":2e0,"version":1}"#, #"{"action":"log\u0069n","time":2,"version":1}"#,
        #"{"action":"login","detail":"\u0000","time":2,"version":1}"#,
        #"{"action":"login","detail":null,"time":2,"version":1}"#, #"{"action":"login","time":"2","version":1}"#,
        #"{"action":"login","time":9999999999999999,"version":1}"#,
        #"{"action":"login","time":-99999999999999,"version":1}"#,
        #"{"action":"object.deleted","time":2,"version":1}"#, #"["login"]"#, "null", "", "{}",
      ]
      for text in hostile {
        #expect(throws: PostgresServer.Failure.self, "\(text)") {
          try server.psql(
            "SELECT wpex_audit.append_access('login/x', \(hexadecimalText(text)))", user: PostgresSchema.reader)
        }
      }
      #expect(throws: PostgresServer.Failure.self) {
        try server.psql("SELECT wpex_audit.append_access('login/x', '\\xff'::bytea)", user: PostgresSchema.reader)
      }
      let status = try await PostgresAuditStore(
        connection: server.connection(user: PostgresSchema.reader), isStatusServer: true)
      let record = try await status.append([AuditAppend(key: "login/1", Self.login())])
      #expect(try await status.verify() == record.last?.head)
    }
  }

  /// Every text that an entry can hold, as canonical JSON, is one for PostgreSQL too.
  @Test func whatWpexWritesIsAnEntry() async throws {
    try await withServer { server in
      let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      var texts = ["plain", "a\"b\\c/d\u{7F}\u{80}\u{9B}\u{2028}\u{FFFE}\u{10FFFF}"]
      texts += (0..<0x20).compactMap { Unicode.Scalar($0) }.map { "x\(String($0))y\u{301}" }
      let appends = texts.enumerated().map { number, text in
        var entry = entry(number)
        entry.detail = text
        return AuditAppend(key: "k\(number)\(text.unicodeScalars.contains("\0") ? "" : text)", entry)
      }
      let records = try await daemon.append(appends)
      #expect(records.map(\.entry) == appends.map { AuditEntry(bytes: $0.entry.bytes) })
      let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
      #expect(try await reader.verify() == records.last?.head)
    }
  }

  /// A record under the key that the daemon uses next would keep the daemon's own record out.
  @Test func statusServerTakesNoKeyOfTheDaemons() async throws {
    try await withServer { server in
      let status = try await PostgresAuditStore(
        connection: server.connection(user: PostgresSchema.reader), isStatusServer: true)
      for key in ["intent/eu-north/7", "k", "", "drift/login/x", "loginx/1", "login", "a\nlogin/x"] {
        await #expect(throws: AuditError.self, "\(key)") {
          _ = try await status.append([AuditAppend(key: key, Self.login())])
        }
      }
      // Where one got in all the same, what is to be recorded is not taken for recorded.
      try server.psql(
        "SELECT wpex_audit.append('intent/x', \(hexadecimalText(String(decoding: Self.login().bytes, as: UTF8.self))))")
      let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      await #expect(throws: AuditError.self) {
        _ = try await daemon.append([AuditAppend(key: "intent/x", entry(1))])
      }
    }
  }

  /// Keys that look alike are two, for the database as for the chain.
  @Test func keysAreBytes() async throws {
    try await withServer { server in
      let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      let records = try await daemon.append([
        AuditAppend(key: "k/\u{E9}", entry(1)), AuditAppend(key: "k/e\u{301}", entry(2)),
      ])
      #expect(records.map(\.sequence) == [1, 2])
      let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
      #expect(try await reader.verify().sequence == 2)
    }
  }

  @Test func checkpointsAreOfRecordsThatAreThere() async throws {
    try await withServer { server in
      let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      _ = try await daemon.append([AuditAppend(key: "k", entry(1))])
      for text in ["garbage", "o\n1\nAAAA\n\nsigned\n", "o\n2\nAAAA\n\n"] {
        #expect(throws: PostgresServer.Failure.self, "\(text)") {
          try server.psql(
            "SELECT wpex_audit.add_checkpoint(1, \(SQLText.literal(text)))", user: PostgresSchema.daemon)
        }
      }
      let key = try CheckpointKey(name: "test", seed: Array(0..<32))
      let checkpoint = try Checkpoint(origin: "o", head: try await daemon.head(), key: key)
      try await daemon.add(checkpoint)
      #expect(try await daemon.checkpoints() == [checkpoint])
    }
  }

  /// Somebody who may make objects in `public` gives functions and operators of PostgreSQL better-fitting namesakes.
  @Test func functionsOfOtherSchemasAreNotCalled() async throws {
    try await withServer { server in
      try server.psql(
        """
        CREATE ROLE mallory LOGIN; GRANT CREATE ON SCHEMA public TO mallory; GRANT \(PostgresSchema.owner) TO CURRENT_USER;
        """)
      try server.psql(
        """
        CREATE TABLE public.called (by_whom text); GRANT INSERT ON public.called TO PUBLIC;
        CREATE FUNCTION public.format(text, text, timestamptz, timestamptz) RETURNS text LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO public.called VALUES (current_user); RETURN 'SELECT 1'; END $$;
        CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO public.called VALUES (current_user); RETURN 'SELECT 1'; END $$;
        CREATE FUNCTION public.schema_version() RETURNS integer LANGUAGE sql AS 'SELECT 99';
        CREATE FUNCTION public.to_timestamp(double precision, VARIADIC text[]) RETURNS timestamptz LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO public.called VALUES (current_user); RETURN now(); END $$;
        CREATE FUNCTION public.concatenated(bytea, bytea) RETURNS bytea LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO public.called VALUES (current_user); RETURN ''; END $$;
        CREATE OPERATOR public.|| (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = public.concatenated);
        """, user: "mallory")
      try await ExternalCommand.withFolder { folder in
        let small = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
        let records = try await small.append((1...3).map { AuditAppend(key: "k\($0)", entry($0)) })
        let owner = try await PostgresAuditStore(connection: server.connection())
        try await owner.adopt(records)
        _ = try await owner.append([AuditAppend(key: "more", entry(40_000_000))])
        #expect(try await owner.firstRecordWithWrongColumns() == nil)
        #expect(try await owner.verify().sequence == 4)
      }
      _ = try await PostgresAuditStore.migrate(connection: server.connection())
      #expect(try server.psql("SELECT count(*) FROM public.called").prefix(1) == "0")
      // The path is said again after a connection that broke.
      let connection = try await PostgresConnection(server.connection(), searchPath: "pg_catalog, pg_temp")
      try server.stop()
      try server.start()
      for _ in 0..<3 { _ = try? await connection.run("SELECT 1") }
      #expect(try await connection.run("SHOW search_path") == [["pg_catalog, pg_temp"]])
    }
  }

  /// The schema is there before the operator sets it up, with functions of somebody else in it.
  @Test func aSchemaThatWasLaidOutIsNotUsed() async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.psql("CREATE ROLE mallory LOGIN; GRANT CREATE ON DATABASE postgres TO mallory")
    try server.psql(
      "CREATE SCHEMA wpex_audit; CREATE FUNCTION wpex_audit.schema_version() RETURNS integer LANGUAGE sql AS 'SELECT 99'",
      user: "mallory")
    #expect(throws: PostgresServer.Failure.self) { try server.psql(PostgresSchema.bootstrap) }
    // What the refused statements made went with them.
    try server.psql("CREATE ROLE \(PostgresSchema.owner) NOLOGIN")
    try server.psql("ALTER SCHEMA wpex_audit OWNER TO \(PostgresSchema.owner)")
    let failure = await #expect(throws: AuditError.self) {
      _ = try await PostgresAuditStore.migrate(connection: server.connection())
    }
    #expect(failure?.description.contains("belongs to another role") == true)
  }

  /// PostgreSQL reads an array of texts, identifiers and literals as they were meant.
  @Test func textsOfEveryKindReachPostgreSQL() async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    let connection = try await PostgresConnection(server.connection())
    let marks = Array("\"\\,{}'$ \n\r\t".unicodeScalars)
    var texts: [String] = ["", "NULL", "{}"]
    for value in (1...0x10FFFF as ClosedRange<UInt32>) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark, .spaceSeparator:
        texts.append(String(String.UnicodeScalarView(marks.flatMap { [$0, scalar] })))
      default: break
      }
    }
    #expect(texts.count > 1_500)
    let back = try await connection.run("SELECT unnest($1::text[])", [SQLText.postgresArray(texts)])
    #expect(back.map { $0[0].map { Array($0.utf8) } } == texts.map { Array($0.utf8) })
    for part in stride(from: 0, to: texts.count, by: 200) {
      let some = Array(texts[part..<min(part + 200, texts.count)])
      let literals = try await connection.run("SELECT " + some.map(SQLText.literal).joined(separator: ", "))
      #expect(literals.first?.map { $0.map { Array($0.utf8) } } == some.map { Array($0.utf8) })
    }
    // An identifier has at most 63 bytes.
    for text in ["a\"\u{301}b", "\";--\u{200D}", "'\r\n"] {
      let rows = try await connection.run(
        "SELECT key FROM json_object_keys(row_to_json((SELECT r FROM (SELECT 1 AS \(SQLText.identifier(text))) r))) key"
      )
      #expect(rows == [[text]])
    }
    await #expect(throws: PostgresClientError.self) { _ = try await connection.run("SELECT $1::text", ["a\0b"]) }
  }
}

/// A connection to PostgreSQL is never a file, and no message repeats a password.
@Suite struct ConnectionStringTests {
  @Test(arguments: [
    "dbname=wpex user=wpex_sync password=hunter2", "password=hunter2", " password = 'hunter2'", "passwrod=hunter2 x",
    "postgres://u:hunter2@h/d", "postgresql://u:hunter2@h/d", "POSTGRES://u:hunter2@h/d", "pg://u:hunter2@h/d",
    "service=audit", "host=/run/postgresql", "\nuser=x", "postgresql:/u:hunter2@h/d", "Postgres:u:hunter2@h/d",
    "u:hunter2@h/d", "mysql://u:hunter2@h/d", "'password'=hunter2", "h/d?user=u&password=hunter2", "MyScheme:/x",
  ])
  func isAConnection(_ text: String) { #expect(AuditLocation(text) == .postgres(connection: text)) }

  @Test(arguments: [
    "audit.sqlite", "/var/lib/wpex/audit.sqlite", "./a=b.sqlite", "/srv/a=b/c", "a/b=c", "", "C:\\x", "été=x",
  ])
  func isAFile(_ text: String) { #expect(AuditLocation(text) == .sqlite(path: text)) }

  /// Passwords in every spelling that people get wrong.
  @Test(arguments: [
    "postgres://u:hunter2/@nowhere.invalid/d", "postgres://u:hunter2?@nowhere.invalid/d",
    "postgres://u:x@hunter2@nowhere.invalid/d", "postgres://u:hunter2%zz@nowhere.invalid/d", "PG://u:hunter2@h/d",
    "postgres://u:12/hunter2@nowhere.invalid/d", "postgres://nowhere.invalid:hunter2/d",
    "password=x hunter2 host=/nowhere", "password=hunter2 host=/nowhere", "passwrod=hunter2", "password='hunter2",
    "postgres://u@nowhere.invalid/d?passwrod=hunter2", "postgres://u@nowhere.invalid/d?password=hunter2",
    "sslpassword=hunter2 host=/nowhere", "postgres://u:hunter2@nowhere.invalid/d", "host=/nowhere port=hunter2",
    "Postgres://u:hunter2@nowhere.invalid/d", "postgre://u:hunter2@nowhere.invalid/d", "postgresql:/u:hunter2@h/d",
    "u:hunter2@nowhere.invalid/d", "mysql://u:hunter2@h/d", "'password'=hunter2", "POSTGRESQL://u:hunter2@h:x/d",
  ])
  func passwordsAreNotRepeated(_ text: String) async throws {
    let failure = await #expect(throws: PostgresClientError.self) { _ = try await PostgresConnection(text) }
    #expect(failure?.description.contains("hunter2") == false, "\(failure?.description ?? "")")
    let audit = await #expect(throws: AuditError.self) { _ = try await AuditLocation(text).open() }
    #expect(audit?.description.contains("hunter2") == false)
    #expect(!ExternalCommand.exists(text))
  }

  /// Schemes are the same in upper case.
  @Test func upperCaseSchemesConnect() throws {
    let string = try ConnectionString("POSTGRES://u:hunter2@Db.Example/d")
    #expect(string.value("host") == "Db.Example" && string.value("password") == "hunter2")
  }

  /// A server that says the password back.
  @Test func secretsAreTakenOutOfMessages() throws {
    let string = try ConnectionString("password='hunter2 \u{301}' host=/x")
    #expect(string.hidden(in: "no hunter2 \u{301}\u{302} here") == "no …\u{302} here")
  }
}
