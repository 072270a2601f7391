import AuditLog
import AuditStores
import TestSupport
import Testing

/// A database that comes up after a number of looks.
private actor Database {
  private(set) var looks = 0
  let path: String
  let comesUpAt: Int

  init(path: String, comesUpAt: Int) {
    self.path = path
    self.comesUpAt = comesUpAt
  }

  func open() throws -> any AuditStore {
    looks += 1
    guard looks >= comesUpAt else { throw AuditError(.unavailable, "not yet") }
    return try SQLiteAuditStore(path: path)
  }
}

@Suite struct LateStoreTests {
  @Test func doesAllThatAStoreDoes() async throws {
    try await ExternalCommand.withFolder { folder in
      let database = Database(path: "\(folder)/audit.sqlite", comesUpAt: 1)
      try await exercise(LazyAuditStore { try await database.open() })
      #expect(await database.looks == 1)
    }
  }

  @Test func usesSayThatItIsAwayUntilOneFindsIt() async throws {
    try await ExternalCommand.withFolder { folder in
      let database = Database(path: "\(folder)/audit.sqlite", comesUpAt: 3)
      let store = LazyAuditStore { try await database.open() }
      for look in 1...2 {
        await #expect(throws: AuditError.self) { _ = try await store.head() }
        #expect(await database.looks == look)
      }
      let records = try await store.append([AuditAppend(key: "k", entry(1))])
      #expect(records.map(\.sequence) == [1])
      #expect(await database.looks == 3)
    }
  }

  @Test func usesAtTheSameTimeOpenItOnce() async throws {
    try await ExternalCommand.withFolder { folder in
      let database = Database(path: "\(folder)/audit.sqlite", comesUpAt: 1)
      let store = LazyAuditStore { try await database.open() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let head = try await store.head()
            #expect(head == .empty)
          }
        }
        try await group.waitForAll()
      }
      #expect(await database.looks == 1)
    }
  }

  @Test func aClosedOneIsNotOpenedAgain() async throws {
    let database = Database(path: "/nonexistent/audit.sqlite", comesUpAt: 1)
    let store = LazyAuditStore { try await database.open() }
    await store.close()
    await #expect(throws: AuditError.self) { _ = try await store.head() }
    #expect(await database.looks == 0)
  }
}
