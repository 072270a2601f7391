import Glibc
import TestSupport
import Testing

@testable import SyncDaemon

@Suite struct RelayProgramTests {
  @Test func aNamedProgramMustBeExecutable() throws {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/relay"
      try ExternalCommand.write([], to: file)
      #expect(chmod(file, 0o755) == 0)
      #expect(try RelayProgram.find(file) == file)
      let failure = #expect(throws: SyncDaemonError.self) { try RelayProgram.find("\(folder)/missing") }
      #expect(failure?.description == "`\(folder)/missing` is not a program that can be run")
      #expect(failure?.kind == .failed)
    }
  }
}
