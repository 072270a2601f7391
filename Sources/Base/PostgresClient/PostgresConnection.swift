import ProcessSupport
import CLibPQ
import Glibc

/// A connection to PostgreSQL through libpq. It runs on a dedicated thread because connecting blocks. With `limits`, no
/// statement waits forever.
package actor PostgresConnection {
  private let executor = DedicatedThread()
  /// The connection; nil after it broke, and then reopened by the next statement.
  private var connection: Handle?
  private let string: ConnectionString
  private let searchPath: String?
  private let limits: PostgresLimits?

  /// The executor of the connection's own thread.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Owner of a libpq connection.
  ///
  /// `@unchecked` because the pointer is not Sendable: it is created before the actor exists and afterwards used only
  /// on the actor's thread.
  private final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQfinish(pointer) }
  }

  /// Rows of a result as text; nil is NULL.
  package typealias Rows = [[String?]]

  /// Connects to PostgreSQL.
  ///
  /// - Parameters:
  ///   - text: a connection string for libpq. Default timeouts apply unless it sets its own.
  ///   - searchPath: the schemas for unqualified names; nil for the server's setting. Prevents users who may create
  ///     objects in other schemas from having their own functions called.
  ///   - limits: time limits for the session; nil for none.
  ///   - mustWrite: whether to reject read-only servers such as a standby. Of several hosts, the writable one is
  ///     chosen, unless the text says otherwise.
  /// - Throws: `PostgresClientError` if the text is malformed or the server cannot be reached.
  package init(
    _ text: String, searchPath: String? = nil, limits: PostgresLimits? = nil, mustWrite: Bool = false
  ) async throws {
    var string = try ConnectionString(text)
    if mustWrite { string.setDefault("target_session_attrs", "read-write") }
    for (keyword, value) in Self.defaults { string.setDefault(keyword, value) }
    self.string = string
    self.searchPath = searchPath
    self.limits = limits
    connection = try await Opener(executor: executor).open(string)
    try prepare()
  }

  deinit { executor.stop() }

  private static let defaults = [
    ("connect_timeout", "10"), ("keepalives_idle", "30"), ("tcp_user_timeout", "15000"), ("application_name", "wpex"),
  ]

  /// An actor that connects on the connection's own thread.
  private actor Opener {
    let executor: DedicatedThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    init(executor: DedicatedThread) { self.executor = executor }

    func open(_ string: ConnectionString) throws -> Handle { try PostgresConnection.open(string) }
  }

  /// Opens a connection. Files that the connection string refers to, such as a `passfile` or certificates, are read
  /// again each time.
  private static func open(_ string: ConnectionString) throws -> Handle {
    let texts = string.options.map { (strdup($0.keyword), strdup($0.value)) }
    defer {
      for (keyword, value) in texts {
        free(keyword)
        free(value)
      }
    }
    let keywords = texts.map { UnsafePointer($0.0) } + [nil]
    let values = texts.map { UnsafePointer($0.1) } + [nil]
    guard let pointer = PQconnectdbParams(keywords, values, 0) else {
      throw PostgresClientError(.unavailable, "libpq has no memory")
    }
    let handle = Handle(pointer)
    // By default, libpq writes the server's notices to standard error, where they would interleave with the program's
    // output.
    PQsetNoticeProcessor(pointer, { _, _ in }, nil)
    guard PQstatus(pointer) == CONNECTION_OK else {
      throw PostgresClientError(.unavailable, "PostgreSQL cannot be reached: \(message(pointer, string))")
    }
    // Sending must not block either if the socket's buffer is full.
    guard PQsetnonblocking(pointer, 1) == 0 else { throw PostgresClientError(.unavailable, message(pointer, string)) }
    return handle
  }

  /// Runs one statement.
  ///
  /// - Parameter seconds: a time limit for this statement in place of the session's.
  /// - Returns: The rows of the result.
  /// - Throws: `PostgresClientError`. With `.unavailable`, the connection broke or the time limit was exceeded, and the
  ///   next call may reconnect.
  package func run(_ sql: String, _ parameters: [String?] = [], within seconds: Int? = nil) throws -> Rows {
    guard !parameters.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      throw PostgresClientError(.refused, "PostgreSQL cannot store U+0000 in text")
    }
    if connection.map({ PQstatus($0.pointer) }) != CONNECTION_OK {
      connection = nil
      connection = try Self.open(string)
      try prepare()
    }
    guard let seconds, let limits else { return try execute(sql, parameters, silence: limits?.silence) }
    _ = try execute("SET statement_timeout = '\(seconds)s'", [], silence: limits.silence)
    let rows = try execute(sql, parameters, silence: seconds + 2)
    _ = try execute("SET statement_timeout = '\(limits.statement)s'", [], silence: limits.silence)
    return rows
  }

  /// Applies the session's settings, after each new connection.
  private func prepare() throws {
    var settings: [(String, String)] = []
    if let searchPath { settings.append(("search_path", searchPath)) }
    if let limits {
      settings += [
        ("lock_timeout", "'\(limits.lock)s'"), ("statement_timeout", "'\(limits.statement)s'"),
        ("idle_in_transaction_session_timeout", "'\(limits.idleInTransaction)s'"),
      ]
    }
    let own = string.value("options") ?? ""
    for (name, value) in settings where !own.contains(name) {
      _ = try execute("SET \(name) = \(value)", [], silence: limits?.silence)
    }
  }

  // MARK: - Statements

  /// Runs one statement.
  ///
  /// - Parameter silence: seconds without a response after which the connection is abandoned; nil to wait forever.
  private func execute(_ sql: String, _ parameters: [String?], silence: Int?) throws -> Rows {
    guard let connection else { throw PostgresClientError(.unavailable, "PostgreSQL is not connected") }
    let deadline = silence.map { ContinuousClock.now + .seconds($0) }
    do {
      try send(sql, parameters, connection.pointer)
      try flush(connection.pointer, until: deadline)
      return try rows(of: try result(connection.pointer, until: deadline))
    } catch let failure as PostgresClientError {
      // A server that used to be writable is now read-only; another of the hosts may be writable.
      if failure.isLate || failure.state == "25006" { self.connection = nil }
      throw failure
    }
  }

  private func send(_ sql: String, _ parameters: [String?], _ connection: OpaquePointer) throws {
    guard !parameters.isEmpty else {
      guard PQsendQuery(connection, sql) == 1 else { throw broken(connection) }
      return
    }
    // libpq copies the parameters before it returns.
    let texts = parameters.map { $0.map { strdup($0) } ?? nil }
    defer { texts.forEach { free($0) } }
    let pointers = texts.map { $0.map { UnsafePointer($0) } }
    guard PQsendQueryParams(connection, sql, Int32(parameters.count), nil, pointers, nil, nil, 0) == 1 else {
      throw broken(connection)
    }
  }

  private func flush(_ connection: OpaquePointer, until deadline: ContinuousClock.Instant?) throws {
    while true {
      switch PQflush(connection) {
      case 0: return
      case 1:
        try wait(connection, for: Int16(POLLIN | POLLOUT), until: deadline)
        guard PQconsumeInput(connection) == 1 else { throw broken(connection) }
      default: throw broken(connection)
      }
    }
  }

  /// Returns the last result of a statement, as `PQexec` does.
  private func result(_ connection: OpaquePointer, until deadline: ContinuousClock.Instant?) throws -> OpaquePointer? {
    var last: OpaquePointer?
    do {
      while true {
        while PQisBusy(connection) == 1 {
          try wait(connection, for: Int16(POLLIN), until: deadline)
          guard PQconsumeInput(connection) == 1 else { throw broken(connection) }
        }
        guard let next = PQgetResult(connection) else { return last }
        if let last { PQclear(last) }
        last = next
      }
    } catch {
      if let last { PQclear(last) }
      throw error
    }
  }

  private func wait(
    _ connection: OpaquePointer, for events: Int16, until deadline: ContinuousClock.Instant?
  ) throws {
    var descriptor = pollfd(fd: PQsocket(connection), events: events, revents: 0)
    while true {
      var milliseconds: Int32 = -1
      if let deadline {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else {
          throw PostgresClientError(.unavailable, "PostgreSQL does not answer in time", isLate: true)
        }
        milliseconds = Int32(min(left.rounded(.up), 60_000))
      }
      let ready = poll(&descriptor, 1, milliseconds)
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw broken(connection) }
    }
  }

  private func broken(_ connection: OpaquePointer) -> PostgresClientError {
    PostgresClientError(.unavailable, "PostgreSQL: \(Self.message(connection, string))")
  }

  private func rows(of result: OpaquePointer?) throws -> Rows {
    guard let connection = connection?.pointer, let result else {
      throw PostgresClientError(.unavailable, connection.map { Self.message($0.pointer, string) } ?? "not connected")
    }
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: break
    default: throw failure(of: result, connection)
    }
    let columns = PQnfields(result)
    return (0..<PQntuples(result)).map { row in
      (0..<columns).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }

  private func failure(of result: OpaquePointer, _ connection: OpaquePointer) -> PostgresClientError {
    let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
    let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
    let reason = text.map(string.hidden) ?? Self.message(connection, string)
    switch state {
    case "55P03":
      return PostgresClientError(
        .unavailable, "PostgreSQL: another session holds a lock, and does not release it: \(reason)", state: state,
        isLate: true)
    case "57014": return PostgresClientError(.unavailable, "PostgreSQL: \(reason)", state: state, isLate: true)
    default: break
    }
    // Class 08: connection; 53: resources; 57: operator intervention, such as a shutdown; 40: serialization; 25006: a
    // read-only server; no class: the connection broke.
    let passes = state.isEmpty || state == "25006" || ["08", "53", "57", "40"].contains(String(state.prefix(2)))
    return PostgresClientError(
      passes || PQstatus(connection) != CONNECTION_OK ? .unavailable : .refused, "PostgreSQL: \(reason)",
      state: state)
  }

  /// Returns libpq's message in one line, without passwords.
  private static func message(_ connection: OpaquePointer, _ string: ConnectionString) -> String {
    let text = PQerrorMessage(connection).map { String(cString: $0) } ?? "no reason given"
    // Its later lines begin with a tab.
    let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
    return string.hidden(in: lines.joined(separator: "; "))
  }
}
