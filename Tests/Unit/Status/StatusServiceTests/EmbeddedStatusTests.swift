import AuditStores
import FoundationEssentials
import Glibc
import LocalTarget
import SyncService
import TestSupport
import Testing
import TextFormats

@testable import StatusService

/// The pages of `wpex up`. Serialized, because the suite looks for free ports.
@Suite(.serialized) struct EmbeddedStatusTests {
  private func status(_ port: Int?, in folder: String, publicAddress: String? = nil) throws -> EmbeddedStatus? {
    try ExternalCommand.write(Array("x".utf8), to: "\(folder)/relays/file")
    return try EmbeddedStatus(
      port: port, publicAddress: publicAddress,
      source: FolderSource(folder: "\(folder)/relays", author: "anna", mirror: "\(folder)/mirror.git"),
      target: LocalTarget(folder: "\(folder)/local", program: "/bin/true"),
      audit: SQLiteAuditStore(path: "\(folder)/audit.sqlite"), folder: StateFolder("\(folder)/state"),
      onNotice: { _ in })
  }

  /// Runs the pages until they are announced; returns the announcement and the address in the file.
  private func announcement(_ status: EmbeddedStatus, in folder: String) async throws -> (line: String, file: String) {
    let (lines, problems) = (Lines(), Lines())
    let task = Task { await status.run(onStart: lines.add, onProblem: problems.add) }
    let file = "\(folder)/state/\(EmbeddedStatus.addressFile)"
    try await until("the pages are served") { ExternalCommand.exists(file) || !problems.all.isEmpty }
    #expect(problems.all.isEmpty)
    let address = try JSON(parsing: ExternalCommand.read(file))["address"]?.text
    task.cancel()
    await task.value
    // A file with a token that is no longer valid would mislead scripts.
    #expect(!ExternalCommand.exists(file))
    return (try #require(lines.all.first), try #require(address))
  }

  @Test func portZeroServesNothing() throws {
    try ExternalCommand.withFolder { folder in
      let status = try status(0, in: folder)
      #expect(status == nil)
    }
  }

  @Test func theAddressHasAToken() async throws {
    try await ExternalCommand.withFolder { folder in
      let status = try #require(try status(nil, in: folder))
      let (line, file) = try await announcement(status, in: folder)
      #expect(line == file)
      #expect(line.hasPrefix("http://127.0.0.1:"))
      #expect(line.contains("/login#token="))
    }
  }

  /// Behind a proxy the output goes to a log, which must not have the token.
  @Test func aPublicAddressIsAnnouncedWithoutTheToken() async throws {
    try await ExternalCommand.withFolder { folder in
      let status = try #require(try status(nil, in: folder, publicAddress: "https://status.example.org/"))
      let (line, file) = try await announcement(status, in: folder)
      #expect(file.hasPrefix("https://status.example.org/login#token="))
      let token = try #require(file.split(separator: "=").last)
      #expect(line.hasPrefix("https://status.example.org/login on port "))
      #expect(!line.contains(token))
    }
  }

  @Test func aPortInUseIsAProblemAndDoesNotEndTheDaemon() async throws {
    try await ExternalCommand.withFolder { folder in
      let taken = try ListeningSocket()
      let status = try #require(try status(taken.port, in: folder))
      let problems = Lines()
      let task = Task { await status.run(onStart: { _ in }, onProblem: problems.add) }
      try await until("the problem is reported") { !problems.all.isEmpty }
      #expect(problems.all.first?.hasPrefix("no status pages: ") == true)
      #expect(problems.all.first?.hasSuffix("; --status-port names another port") == true)
      task.cancel()
      await task.value
    }
  }

  @Test func aPortInUseIsPassedOver() throws {
    let free = FreePort.next
    #expect(free >= FreePort.standard)
    let taken = try ListeningSocket(port: free)
    #expect(taken.port == free)
    #expect(FreePort.next > free)
  }
}

/// A socket that listens on loopback as long as it lives.
private final class ListeningSocket {
  private let descriptor: Int32
  let port: Int

  /// - Parameter port: 0 for any free port.
  init(port: Int = 0) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    self.port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw ExternalCommand.Failure(what: "cannot listen on port \(port)") }
  }

  deinit { close(descriptor) }
}
