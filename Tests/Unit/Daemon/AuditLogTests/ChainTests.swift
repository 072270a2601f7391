import TextFormats
import Testing

@testable import AuditLog

@Suite struct ChainTests {
  static func entry(_ number: Int) -> AuditEntry {
    AuditEntry(
      time: 1_700_000_000_000 + Int64(number), action: .objectUpdated,
      actor: AuditActor(author: "Anna <a@example.org>"),
      org: "acme", kind: "Relay", name: "milan-\(number)", commit: "c0ffee", generation: number, detail: "é \u{1F600}")
  }

  static func chain(_ count: Int) throws -> [AuditRecord] {
    var records: [AuditRecord] = []
    for number in 1...count {
      records.append(
        try AuditRecord(after: records.last?.head ?? .empty, key: "k\(number)", bytes: entry(number).bytes))
    }
    return records
  }

  func fault(_ records: [AuditRecord], checkpoints: [AuditHead] = []) -> ChainVerification.Fault? {
    do throws(ChainVerification.Fault) {
      var verification = ChainVerification(checkpoints: checkpoints)
      for record in records { try verification.check(record) }
      try verification.finish()
      return nil
    } catch {
      return error
    }
  }

  @Test func entryReadsWhatItWrote() {
    let entry = Self.entry(1)
    #expect(AuditEntry(bytes: entry.bytes) == entry)
    var spaced = entry.bytes
    spaced.insert(UInt8(ascii: " "), at: 1)
    #expect(AuditEntry(bytes: spaced) == nil, "the bytes of an entry are canonical")
  }

  @Test func textsWithoutNUL() {
    var entry = Self.entry(1)
    entry.detail = "a\0b"
    #expect(!entry.json.text().contains("\\u0000"))
  }

  @Test func intactChainIsVerified() throws { #expect(fault(try Self.chain(20)) == nil) }

  /// Every byte of every record: of its content, key, hashes and number.
  @Test func everyEditIsFoundWhereItIs() throws {
    let records = try Self.chain(4)
    for (index, record) in records.enumerated() {
      func expectFault(_ changed: AuditRecord, _ what: String) {
        var all = records
        all[index] = changed
        let found = fault(all, checkpoints: [records[3].head])
        #expect(found?.sequence == record.sequence || found?.sequence == record.sequence + 1, "\(what)")
      }
      func with(
        sequence: Int64? = nil, key: String? = nil, bytes: [UInt8]? = nil, previous: [UInt8]? = nil,
        hash: [UInt8]? = nil
      ) -> AuditRecord {
        AuditRecord(
          sequence: sequence ?? record.sequence, key: key ?? record.key, bytes: bytes ?? record.bytes,
          previous: previous ?? record.previous, hash: hash ?? record.hash)
      }
      for place in record.bytes.indices {
        var bytes = record.bytes
        bytes[place] ^= 1
        expectFault(with(bytes: bytes), "byte \(place)")
        let rehashed = try AuditRecord.hash(
          previous: record.previous, sequence: record.sequence, key: record.key, bytes: bytes)
        expectFault(with(bytes: bytes, hash: rehashed), "byte \(place) with its hash made anew")
      }
      for place in 0..<32 {
        var hash = record.hash
        hash[place] ^= 1
        expectFault(with(hash: hash), "hash \(place)")
        var previous = record.previous
        previous[place] ^= 1
        expectFault(with(previous: previous), "previous \(place)")
      }
      expectFault(with(key: record.key + "x"), "key")
      expectFault(with(sequence: record.sequence + 1), "sequence")
    }
  }

  @Test func deletionInsertionAndOrderAreFoundAtEveryPosition() throws {
    let records = try Self.chain(8)
    for index in records.indices {
      var without = records
      without.remove(at: index)
      #expect(fault(without, checkpoints: [records[7].head]) != nil)
      var twice = records
      twice.insert(records[index], at: index)
      #expect(fault(twice) != nil)
      for other in records.indices where other != index {
        var swapped = records
        swapped.swapAt(index, other)
        #expect(fault(swapped) != nil)
      }
      // Cut off behind this one: only a checkpoint can know.
      let cut = Array(records[..<index])
      #expect(fault(cut) == nil)
      #expect(fault(cut, checkpoints: [records[7].head])?.kind == .beforeCheckpoint)
    }
  }

  @Test func chainMadeAnewContradictsItsCheckpoint() throws {
    let records = try Self.chain(5)
    var forged: [AuditRecord] = []
    for number in 1...5 {
      let entry = Self.entry(number == 2 ? 99 : number)
      forged.append(
        try AuditRecord(after: forged.last?.head ?? .empty, key: "k\(number)", bytes: entry.bytes))
    }
    #expect(fault(forged) == nil)
    #expect(fault(forged, checkpoints: [records[3].head])?.kind == .otherThanCheckpoint)
  }

  /// The key says what happened once. Whoever made the chain anew could write it twice, with every hash right.
  @Test func repeatedKeyIsFound() throws {
    var records = try Self.chain(4)
    let last = try #require(records.last)
    records.append(try AuditRecord(after: last.head, key: "k2", bytes: Self.entry(5).bytes))
    #expect(fault(records) == ChainVerification.Fault(.repeatedKey, at: 5))
    records[4] = try AuditRecord(after: last.head, key: "k5", bytes: Self.entry(5).bytes)
    #expect(fault(records) == nil)
  }

  /// What follows, with the right hash, but under a later number: something in between would be missing.
  @Test func numberThatIsLeftOutIsFound() throws {
    var records = try Self.chain(2)
    let head = records[1].head
    let hash = try AuditRecord.hash(previous: head.hash, sequence: 4, key: "k4", bytes: Self.entry(4).bytes)
    records.append(
      AuditRecord(sequence: 4, key: "k4", bytes: Self.entry(4).bytes, previous: head.hash, hash: hash))
    #expect(fault(records) == ChainVerification.Fault(.gap, at: 3))
  }

  /// Somebody else's bytes with the right hash.
  @Test(arguments: ["", "{}", "no record"])
  func recordThatIsNoneIsFound(_ text: String) throws {
    var records = try Self.chain(2)
    records.append(try AuditRecord(after: records[1].head, key: "k3", bytes: Array(text.utf8)))
    #expect(fault(records) == ChainVerification.Fault(.unreadable, at: 3))
  }

  /// Where a key ends and its content begins is part of what is hashed.
  @Test func keyAndContentDoNotRunTogether() throws {
    let hashes = try [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")].map { key, bytes in
      try AuditRecord.hash(previous: AuditHead.empty.hash, sequence: 1, key: key, bytes: Array(bytes.utf8))
    }
    #expect(Set(hashes).count == 4)
  }
}

@Suite struct CheckpointTests {
  let key: CheckpointKey
  init() throws { key = try CheckpointKey(name: "nordsud", seed: Array(0..<32)) }

  @Test func isReadAndVerified() throws {
    let checkpoint = try Checkpoint(
      origin: "wpex.io/audit/nordsud", head: AuditHead(sequence: 42, hash: Array(0..<32)), key: key)
    let read = try Checkpoint(parsing: checkpoint.text)
    #expect(read.head == checkpoint.head)
    let verifier = try CheckpointVerifier(parsing: key.verifier.description)
    #expect(read.isSigned(by: verifier))
    let other = try CheckpointKey(name: "nordsud", seed: Array(1..<33))
    #expect(!read.isSigned(by: other.verifier))
  }

  @Test func everyChangedCharacterBreaksIt() throws {
    let checkpoint = try Checkpoint(
      origin: "o", head: AuditHead(sequence: 7, hash: Array(0..<32)), key: key)
    let bytes = Array(checkpoint.text.utf8)
    for place in bytes.indices.dropLast() {
      var changed = bytes
      changed[place] ^= 2
      guard let text = String(validating: changed, as: UTF8.self), let read = try? Checkpoint(parsing: text) else {
        continue
      }
      #expect(!read.isSigned(by: key.verifier), "byte \(place)")
    }
  }

  @Test(arguments: ["", "a", "nordsud+00000000+AAAA", "x+y+z", "nordsud+00000000+"])
  func badVerifierIsRefused(_ text: String) {
    #expect(throws: AuditError.self) { try CheckpointVerifier(parsing: text) }
  }

  /// Every character of the hash, and the name that it covers.
  @Test func verifierThatWasCopiedWronglyIsRefused() throws {
    let parts = key.verifier.description.split(separator: "+", maxSplits: 2).map(String.init)
    #expect(try CheckpointVerifier(parsing: parts.joined(separator: "+")) == key.verifier)
    for place in parts[1].utf8.indices {
      var hash = Array(parts[1].utf8)
      let number = parts[1].utf8.distance(from: parts[1].utf8.startIndex, to: place)
      hash[number] = hash[number] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      let text = [parts[0], String(decoding: hash, as: UTF8.self), parts[2]].joined(separator: "+")
      #expect(throws: AuditError.self) { try CheckpointVerifier(parsing: text) }
    }
    #expect(throws: AuditError.self) {
      try CheckpointVerifier(parsing: ["nordsund", parts[1], parts[2]].joined(separator: "+"))
    }
  }
}

@Suite struct ExportTests {
  @Test func linesComeBack() throws {
    for record in try ChainTests.chain(3) {
      #expect(try AuditExport.record(parsing: AuditExport.jsonl.text(record)) == record)
    }
  }

  @Test(arguments: ["", "{}", "[1]", "{\"sequence\":1,\"key\":\"a\",\"previous\":\"zz\",\"hash\":\"\",\"bytes\":\"\"}"])
  func otherLinesAreRefused(_ line: String) {
    #expect(throws: AuditError.self) { try AuditExport.record(parsing: line) }
  }

  @Test func spreadsheetsGetNoFormulas() throws {
    var entry = ChainTests.entry(1)
    entry.detail = "=1+1,\"x\""
    let row = AuditExport.csv.text(try AuditRecord(after: .empty, key: "k", bytes: entry.bytes))
    #expect(row.contains("\"'=1+1,\"\"x\"\"\""))
  }

  @Test func eventsAreCloudEvents() throws {
    let text = AuditExport.cloudevents.text(try ChainTests.chain(1)[0])
    let event = try JSON(parsing: Array(text.utf8))
    #expect(event["specversion"]?.text == "1.0")
    #expect(event["type"]?.text == "io.wpex.object.updated")
    #expect(event["time"]?.text == "2023-11-14T22:13:20.001Z")
    #expect(event["subject"]?.text == "acme/Relay/milan-1")
  }
}
