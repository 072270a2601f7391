import BlockingCalls
import CLibPQ
import Glibc

/// A connection to PostgreSQL through libpq, on a thread of its own because every call blocks.
package actor PostgresConnection {
  private let executor = DedicatedThread()
  private let connection: Handle
  private let string: ConnectionString
  private let searchPath: String?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Owns libpq's connection.
  ///
  /// `@unchecked` because the pointer is not Sendable by itself: it is made before the actor exists and afterwards used
  /// from the actor's thread only.
  private final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQfinish(pointer) }
  }

  /// Rows of a result, as text; nil is NULL.
  package typealias Rows = [[String?]]

  /// - Parameters:
  ///   - text: what libpq reads. Timeouts of ours hold where it names none.
  ///   - searchPath: where names without a schema are looked up; nil leaves that to the server. Nobody who may make objects
  ///     in another schema can then have a function of theirs called by this connection.
  package init(_ text: String, searchPath: String? = nil) async throws {
    let string = try ConnectionString(text)
    self.string = string
    self.searchPath = searchPath
    connection = try await Self.open(string, on: executor)
    try prepare()
  }

  deinit { executor.stop() }

  /// Connects on the thread that the connection will live on.
  private static func open(_ string: ConnectionString, on executor: DedicatedThread) async throws -> Handle {
    try await Opener(executor: executor).open(string)
  }

  private static let defaults = [
    ("connect_timeout", "10"), ("keepalives_idle", "30"), ("tcp_user_timeout", "15000"), ("application_name", "wpex"),
  ]

  private actor Opener {
    let executor: DedicatedThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    init(executor: DedicatedThread) { self.executor = executor }

    func open(_ string: ConnectionString) throws -> Handle {
      let options = string.options + PostgresConnection.defaults.filter { string.value($0.0) == nil }
      let texts = options.map { (strdup($0.0), strdup($0.1)) }
      defer {
        for (keyword, value) in texts {
          free(keyword)
          free(value)
        }
      }
      let keywords = texts.map { UnsafePointer($0.0) } + [nil]
      let values = texts.map { UnsafePointer($0.1) } + [nil]
      guard let pointer = PQconnectdbParams(keywords, values, 0) else {
        throw PostgresFailure(.unavailable, "libpq has no memory")
      }
      let handle = Handle(pointer)
      // By itself libpq writes the server's notices to standard error, between the lines of whoever uses it.
      PQsetNoticeProcessor(pointer, { _, _ in }, nil)
      guard PQstatus(pointer) == CONNECTION_OK else {
        throw PostgresFailure(
          .unavailable, "PostgreSQL cannot be reached: \(PostgresConnection.message(pointer, string))")
      }
      return handle
    }
  }

  /// Runs one statement.
  ///
  /// - Throws: `PostgresFailure(.unavailable)` where the connection broke; it is made anew at the next call.
  package func run(_ sql: String, _ parameters: [String?] = []) throws -> Rows {
    if PQstatus(connection.pointer) != CONNECTION_OK {
      PQreset(connection.pointer)
      guard PQstatus(connection.pointer) == CONNECTION_OK else {
        throw PostgresFailure(.unavailable, "PostgreSQL cannot be reached: \(Self.message(connection.pointer, string))")
      }
      try prepare()
    }
    guard !parameters.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      throw PostgresFailure(.refused, "PostgreSQL stores no U+0000 in a text")
    }
    guard parameters.isEmpty else { return try rows(of: execute(sql, parameters)) }
    return try rows(of: PQexec(connection.pointer, sql))
  }

  /// What holds for the session, said again after each new connection.
  private func prepare() throws {
    guard let searchPath else { return }
    _ = try rows(of: PQexec(connection.pointer, "SET search_path = \(searchPath)"))
  }

  private func execute(_ sql: String, _ parameters: [String?]) -> OpaquePointer? {
    // libpq copies them before it returns.
    let texts = parameters.map { $0.map { strdup($0) } ?? nil }
    defer { texts.forEach { free($0) } }
    let pointers = texts.map { $0.map { UnsafePointer($0) } }
    return PQexecParams(connection.pointer, sql, Int32(parameters.count), nil, pointers, nil, nil, 0)
  }

  private func rows(of result: OpaquePointer?) throws -> Rows {
    guard let result else { throw PostgresFailure(.unavailable, Self.message(connection.pointer, string)) }
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: break
    default:
      let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
      let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
      let reason = text.map(string.hidden) ?? Self.message(connection.pointer, string)
      // Class 08: connection; 53: resources; 57P0x: shutdown; 40: serialization; no class: the connection broke.
      let passes = state.isEmpty || ["08", "53", "57", "40"].contains(String(state.prefix(2)))
      throw PostgresFailure(
        passes || PQstatus(connection.pointer) != CONNECTION_OK ? .unavailable : .refused, "PostgreSQL: \(reason)",
        state: state)
    }
    let columns = PQnfields(result)
    return (0..<PQntuples(result)).map { row in
      (0..<columns).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }

  /// What libpq says, in one line and without a password.
  private static func message(_ connection: OpaquePointer, _ string: ConnectionString) -> String {
    let text = PQerrorMessage(connection).map { String(cString: $0) } ?? "no reason given"
    return string.hidden(in: text.split(whereSeparator: \.isNewline).joined(separator: "; "))
  }
}
