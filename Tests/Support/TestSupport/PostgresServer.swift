import FoundationEssentials
import Glibc

/// A PostgreSQL server for tests, on a Unix socket in a temporary folder.
package final class PostgresServer: Sendable {
  /// Folder of the data, the log and the socket.
  package let folder: String
  private static let programs = "/usr/lib/postgresql/15/bin"

  /// Makes a cluster without passwords, and starts the server.
  ///
  /// - Throws: `Failure` if PostgreSQL is not installed or does not start.
  package init() throws {
    var template = Array("/tmp/wpex-postgres-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(text: "no folder can be made below /tmp") }
    folder = String(cString: made)
    // PostgreSQL refuses to run as root.
    if getuid() == 0 { try Self.run("chown", ["postgres", folder]) }
    try asPostgres("\(Self.programs)/initdb", ["-D", "\(folder)/data", "-A", "trust", "-U", "postgres", "-N"])
    try start()
  }

  /// Failure of a command, with its output.
  package struct Failure: Error {
    package let text: String
  }

  /// Connection string for clients.
  package func connection(user: String = "postgres", database: String = "postgres") -> String {
    "host=\(folder) user=\(user) dbname=\(database)"
  }

  /// Starts the server.
  ///
  /// - Throws: `Failure` if it does not start.
  package func start() throws {
    try asPostgres(
      "\(Self.programs)/pg_ctl",
      [
        "-D", "\(folder)/data", "-w", "-l", "\(folder)/log", "-o",
        "-c listen_addresses='' -c unix_socket_directories=\(folder) -c max_connections=120 -c fsync=on", "start",
      ])
  }

  /// Stops the server.
  ///
  /// - Parameter mode: `fast`, or `immediate`, which simulates a crash.
  package func stop(_ mode: String = "immediate") throws {
    try asPostgres("\(Self.programs)/pg_ctl", ["-D", "\(folder)/data", "-m", mode, "-w", "stop"])
  }

  /// Runs statements as the superuser, or as `user`.
  @discardableResult
  package func psql(_ sql: String, user: String = "postgres") throws -> String {
    try Self.run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", connection(user: user), "-c", sql])
  }

  /// Stops the server, and removes its folder.
  package func remove() {
    try? stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func asPostgres(_ program: String, _ arguments: [String]) throws {
    if getuid() == 0 {
      try Self.run("runuser", ["-u", "postgres", "--", program] + arguments)
    } else {
      try Self.run(program, arguments)
    }
  }

  @discardableResult
  private static func run(_ program: String, _ arguments: [String]) throws -> String {
    guard let path = program.hasPrefix("/") ? program : ExternalCommand.path(of: program) else {
      throw Failure(text: "\(program) is not installed: run `scripts/setup`")
    }
    let result = try ExternalCommand.withFolder { try ExternalCommand.run(path, arguments, folder: $0) }
    guard result.status == 0 else { throw Failure(text: "\(program): \(result.output)\(result.errors)") }
    return result.output
  }
}
