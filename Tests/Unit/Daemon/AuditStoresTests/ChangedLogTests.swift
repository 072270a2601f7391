import AuditLog
import AuditStores
import FoundationEssentials
import TestSupport
import Testing

/// A log that went back, was emptied, replaced or removed takes no more records.
@Suite struct ChangedLogTests {
  /// What somebody does to a log of eight records whose first three are in a backup.
  enum Harm: CaseIterable {
    case wentBack, emptied, replaced, removed, replacedInPlace
  }

  private static func append(_ store: any AuditStore, _ numbers: ClosedRange<Int>, of log: String = "k") async throws {
    for number in numbers { _ = try await store.append([AuditAppend(key: "\(log)\(number)", entry(number))]) }
  }

  /// Runs `body` with the path of a log of eight records, and that of its backup.
  private func withLog(_ body: (_ path: String, _ backup: String) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let path = "\(folder)/audit.sqlite"
      let backup = "\(folder)/backup.sqlite"
      let store = try SQLiteAuditStore(path: path)
      try await Self.append(store, 1...3)
      let copy = try SQLiteAuditStore(path: backup)
      try await copy.adopt(try await store.records(from: 1, limit: 10))
      await copy.close()
      try await Self.append(store, 4...8)
      await store.close()
      try await body(path, backup)
    }
  }

  private func harm(_ harm: Harm, _ path: String, _ backup: String) async throws {
    func remove() { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
    switch harm {
    case .wentBack:
      remove()
      try FileManager.default.copyItem(atPath: backup, toPath: path)
    case .emptied:
      remove()
      await (try SQLiteAuditStore(path: path)).close()
    case .replaced:
      remove()
      let other = try SQLiteAuditStore(path: path)
      try await Self.append(other, 1...9, of: "other")
      await other.close()
    case .removed: remove()
    case .replacedInPlace:
      for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
      try ExternalCommand.write(try ExternalCommand.read(backup), to: path)
    }
  }

  /// Before the first record of a new process.
  @Test(arguments: Harm.allCases.filter { $0 != .removed }) func isNoticedAtTheStart(_ harm: Harm) async throws {
    try await withLog { path, backup in
      let before = try SQLiteAuditStore(path: path)
      let seen = try await before.head()
      await before.close()
      try await self.harm(harm, path, backup)
      let store = try SQLiteAuditStore(path: path)
      let end = try await store.head()
      let vigilant = VigilantAuditStore(store, seen: seen)
      for _ in 0..<2 {
        let failure = await #expect(throws: AuditError.self) { try await Self.append(vigilant, 20...20) }
        #expect(failure?.kind == .changed)
      }
      await #expect(throws: AuditError.self) { try await vigilant.expect(seen) }
      // The same if a state remembers it.
      let reminded = VigilantAuditStore(store)
      await #expect(throws: AuditError.self) { try await reminded.expect(seen) }
      await #expect(throws: AuditError.self) { try await Self.append(reminded, 20...20) }
      // Nothing was put on top of it.
      #expect(try await store.head() == end)
    }
  }

  @Test(arguments: Harm.allCases) func isNoticedAtTheNextRecord(_ harm: Harm) async throws {
    try await withLog { path, backup in
      let store = try SQLiteAuditStore(path: path)
      let vigilant = VigilantAuditStore(store)
      try await Self.append(vigilant, 9...9)
      if harm == .replacedInPlace { await store.close() }
      try await self.harm(harm, path, backup)
      await #expect(throws: AuditError.self) { try await Self.append(vigilant, 10...10) }
    }
  }

  @Test func aFileThatIsPutBackIsUsedAgain() async throws {
    try await withLog { path, _ in
      let vigilant = VigilantAuditStore(try SQLiteAuditStore(path: path))
      try await Self.append(vigilant, 9...9)
      try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
      await #expect(throws: AuditError.self) { try await Self.append(vigilant, 10...10) }
      try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
      try await Self.append(vigilant, 10...10)
      #expect(try await vigilant.verify().sequence >= 10)
    }
  }

  @Test func othersMayAppendInBetween() async throws {
    try await withLog { path, _ in
      let vigilant = VigilantAuditStore(try SQLiteAuditStore(path: path))
      let other = try SQLiteAuditStore(path: path)
      for number in 9...14 { try await Self.append(number.isMultiple(of: 2) ? vigilant : other, number...number) }
      // The same log again is not another one.
      try await Self.append(vigilant, 3...4)
      try await vigilant.expect(try await other.head())
      #expect(try await vigilant.verify().sequence == 14)
    }
  }

  /// After a restore that somebody wanted.
  @Test func goesOnWhereARestoredLogEndsIfThatIsSaid() async throws {
    try await withLog { path, backup in
      let before = try SQLiteAuditStore(path: path)
      let seen = try await before.head()
      await before.close()
      try await harm(.wentBack, path, backup)
      let store = try SQLiteAuditStore(path: path)
      let wrong = VigilantAuditStore(store, seen: seen, resumeAt: 2)
      await #expect(throws: AuditError.self) { try await Self.append(wrong, 9...9) }
      let right = VigilantAuditStore(store, seen: seen, resumeAt: 3)
      // A state remembers less than a copy does.
      try await right.expect(AuditHead(sequence: 7, hash: seen.hash))
      try await Self.append(right, 9...9)
      let record = try await store.records(from: 4, limit: 1).first
      #expect(record?.entry?.detail?.contains("resumed at record 3") == true)
      #expect(try await store.verify().sequence == 5)
      // The next start, with the setting still there and another region's memory of the lost part.
      let next = VigilantAuditStore(store, resumeAt: 3)
      try await next.expect(seen)
      try await Self.append(next, 10...10)
      #expect(try await store.verify().sequence == 6)
    }
  }

  @Test func aCheckpointOutsideTheStoreIsRemembered() async throws {
    try await withLog { path, backup in
      let key = try CheckpointKey(name: "test", seed: Array(0..<32))
      let store = try SQLiteAuditStore(path: path)
      let copy = try Checkpoint(origin: "o", head: try await store.head(), key: key)
      await store.close()
      try await harm(.replaced, path, backup)
      let replaced = try SQLiteAuditStore(path: path)
      let signer = CheckpointSigner(replaced, origin: "o", key: key, copies: [copy])
      await #expect(throws: ChainVerification.Fault.self) { _ = try await signer.signIfDue() }
      #expect(try await replaced.checkpoints().isEmpty)
      // A copy of another log says nothing.
      let other = CheckpointSigner(replaced, origin: "p", key: key, copies: [copy])
      #expect(try await other.signIfDue()?.head.sequence == 9)
    }
  }
}
