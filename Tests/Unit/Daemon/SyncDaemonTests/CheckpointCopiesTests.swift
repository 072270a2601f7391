import AuditLog
import FoundationEssentials
import TestSupport
import Testing

@testable import SyncDaemon

@Suite struct CheckpointCopiesTests {
  private static func checkpoint(_ sequence: Int64, _ byte: UInt8 = 1) throws -> Checkpoint {
    try Checkpoint(
      origin: "wpex.io/audit/test", head: AuditHead(sequence: sequence, hash: [UInt8](repeating: byte, count: 32)),
      key: CheckpointKey(name: "test", seed: [UInt8](repeating: 7, count: 32)))
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func copiesAreReadAgain() throws {
    try ExternalCommand.withFolder { folder in
      let copies = CheckpointCopies(folder: folder)
      let all = [try Self.checkpoint(7), try Self.checkpoint(12)]
      for checkpoint in all { try copies.add(checkpoint) }
      // The same checkpoint again is not another copy.
      try copies.add(all[0])
      #expect(try names(folder) == ["12.checkpoint", "7.checkpoint"])
      #expect(copies.all().sorted { $0.head.sequence < $1.head.sequence } == all)
    }
  }

  /// Two checkpoints of one record prove that the log was rewritten.
  @Test func anotherCheckpointOfARecordIsKeptBesideTheFirst() throws {
    try ExternalCommand.withFolder { folder in
      let copies = CheckpointCopies(folder: folder)
      try copies.add(Self.checkpoint(7, 1))
      try copies.add(Self.checkpoint(7, 2))
      #expect(try names(folder) == ["7-0202020202020202.checkpoint", "7.checkpoint"])
      #expect(
        Set(copies.all().map(\.head.hash)) == [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)])
    }
  }

  @Test func aCopyIsNeverReplaced() throws {
    try ExternalCommand.withFolder { folder in
      for name in ["7", "7-0202020202020202"] {
        try ExternalCommand.write(Array("not a checkpoint".utf8), to: "\(folder)/\(name).checkpoint")
      }
      let failure = #expect(throws: SyncDaemonError.self) {
        try CheckpointCopies(folder: folder).add(Self.checkpoint(7, 2))
      }
      #expect(
        failure?.description
          == "`\(folder)/7-0202020202020202.checkpoint` already exists with different content")
      #expect(try ExternalCommand.read("\(folder)/7.checkpoint") == Array("not a checkpoint".utf8))
      #expect(CheckpointCopies(folder: folder).all().isEmpty)
    }
  }

  @Test func aMissingFolderIsNamed() throws {
    let failure = #expect(throws: SyncDaemonError.self) {
      try CheckpointCopies(folder: "/nowhere").add(Self.checkpoint(7))
    }
    #expect(failure?.description == "`/nowhere/7.checkpoint` cannot be written: No such file or directory")
    #expect(failure?.kind == .failed)
    #expect(CheckpointCopies(folder: "/nowhere").all().isEmpty)
  }

  @Test func aKeyIsReadFromItsFile() throws {
    try ExternalCommand.withFolder { folder in
      let seed = [UInt8](repeating: 7, count: 32)
      try ExternalCommand.write(Array((Data(seed).base64EncodedString() + "\n").utf8), to: "\(folder)/key")
      let key = try CheckpointKey(file: "\(folder)/key", name: "test")
      #expect(try Self.checkpoint(7).isSigned(by: key.verifier))
      try ExternalCommand.write(Array("?".utf8), to: "\(folder)/other")
      let failure = #expect(throws: SyncDaemonError.self) { try CheckpointKey(file: "\(folder)/other", name: "test") }
      #expect(failure?.description == "`\(folder)/other` is not a key created by `wpex audit key`")
      #expect(failure?.kind == .refused)
    }
  }
}
