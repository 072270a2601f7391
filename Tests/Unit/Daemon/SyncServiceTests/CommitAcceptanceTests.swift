import AuditLog
import AuditStores
import CommitSignatures
import FoundationEssentials
import GitStore
import SyncEngine
import SyncService
import TestSupport
import Testing

@Suite struct CommitAcceptanceTests {
  /// A repository whose platform asks for signatures, with one admin whose key is `anna`.
  private func signedWorld(_ folder: String) throws -> (world: GitWorld, first: String) {
    let world = try GitWorld(folder: folder)
    let key = try world.makeKey("anna")
    _ = try world.makeKey("mallory")
    for path in ["platform.yaml", "users/anna-lindqvist.yaml"] {
      let text = String(decoding: try ExternalCommand.read("\(packageRoot)/sample-repo/\(path)"), as: UTF8.self)
      try world.write(
        path,
        text.replacing("requireSignedCommits: false", with: "requireSignedCommits: true").split(separator: "\n")
          .map { $0.contains("ssh-ed25519 ") ? "      - \(key)" : String($0) }.joined(separator: "\n") + "\n")
    }
    return (world, try world.commit("Begin"))
  }

  private func acceptance(
    _ source: RemoteSource, _ store: any AcceptedCommitStore, _ audit: (any AuditStore)?,
    trust: TrustPolicy = TrustPolicy()
  ) -> CommitAcceptance {
    CommitAcceptance(source: source, store: store, audit: audit, trust: trust, now: { 1_700_000_000_000 })
  }

  private func accept(_ acceptance: CommitAcceptance, _ source: RemoteSource) async throws -> CommitAcceptance.Verified
  {
    let verified = try await acceptance.verify(try await source.newest())
    try await acceptance.accept(verified, regions: ["eu-south"])
    return verified
  }

  private func refusal(_ acceptance: CommitAcceptance, _ source: RemoteSource) async throws -> AuditAction? {
    do {
      _ = try await acceptance.verify(try await source.newest())
      return nil
    } catch let refusal as CommitAcceptance.Refusal {
      return refusal.action
    }
  }

  /// What a state folder that is lost, a new region and a new cluster have in common: no state, and the earlier log.
  @Test func aDaemonWithoutAStateGoesOnFromTheAuditLog() async throws {
    try await ExternalCommand.withFolder { folder in
      let (world, first) = try signedWorld(folder)
      let audit = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let source = try world.source("one")
      let store = MemoryStates()
      let verified = try await accept(acceptance(source, store, audit), source)
      #expect(verified.basis?.contains("nothing pinned") == true)
      #expect(await store.accepted() == AcceptedCommit(first, regions: ["eu-south"], at: 1_700_000_000_000))

      try world.write(
        "platform.yaml",
        try world.read("platform.yaml").replacing("requireSignedCommits: true", with: "requireSignedCommits: false"))
      try world.commit("Lift the policy")
      for (name, store) in [("one", store), ("two", MemoryStates())] {
        let source = try world.source(name)
        #expect(try await refusal(acceptance(source, store, audit), source) == .rejectedUnsigned)
      }
      // Without the log, nobody knows better: that is what pins are for.
      let lost = try world.source("three")
      #expect(try await refusal(acceptance(lost, MemoryStates(), nil), lost) == nil)
      let pinned = acceptance(lost, MemoryStates(), nil, trust: TrustPolicy(commit: first))
      #expect(try await refusal(pinned, lost) == .rejectedUnsigned)
      // A pin of another history is named in the refusal.
      let unrelated = try world.git("commit-tree", "-m", "Unrelated", "HEAD^{tree}")
      let foreign = acceptance(lost, MemoryStates(), nil, trust: TrustPolicy(commit: unrelated))
      await #expect {
        _ = try await foreign.verify(try await lost.newest())
      } throws: { error in
        guard let refusal = error as? CommitAcceptance.Refusal else { return false }
        return refusal.action == .rejectedNonFastForward && refusal.description.contains("`trust.commit` names")
      }
      let key = try #require(
        SSHPublicKey(line: String(decoding: try ExternalCommand.read("\(folder)/anna.pub"), as: UTF8.self)))
      let byKey = acceptance(lost, MemoryStates(), nil, trust: TrustPolicy(keys: [key]))
      #expect(try await refusal(byKey, lost) == .rejectedUnsigned)
    }
  }

  @Test func aTrustedKeyNamesTheCommitToBeginWith() async throws {
    try await ExternalCommand.withFolder { folder in
      let (world, _) = try signedWorld(folder)
      let signed = try world.commit("A change", signer: "anna")
      let source = try world.source("one")
      let key = try #require(
        SSHPublicKey(line: String(decoding: try ExternalCommand.read("\(folder)/anna.pub"), as: UTF8.self)))
      let trusting = acceptance(source, MemoryStates(), nil, trust: TrustPolicy(keys: [key]))
      #expect(try await trusting.verify(try await source.newest()).basis?.contains(signed.prefix(12)) == true)
      try world.commit("Not signed")
      #expect(try await refusal(trusting, source) == .rejectedUnsigned)
    }
  }

  @Test func rewrittenHistoryIsRefusedUntilItIsPinned() async throws {
    try await ExternalCommand.withFolder { folder in
      let (world, first) = try signedWorld(folder)
      let source = try world.source("one")
      let store = MemoryStates()
      try world.commit("A change", signer: "anna")
      _ = try await accept(acceptance(source, store, nil), source)
      // The server is behind: its history was not rewritten, and nothing is recorded.
      try world.git("reset", "-q", "--hard", first)
      try world.push()
      await #expect(throws: GitStoreError.self) {
        _ = try await acceptance(source, store, nil).verify(try await source.newest())
      }
      let other = try world.commit("Another history", signer: "anna")
      #expect(try await refusal(acceptance(source, store, nil), source) == .rejectedNonFastForward)
      // A pin of the history that was accepted opens no other one; a new pin does.
      let old = acceptance(source, store, nil, trust: TrustPolicy(commit: first))
      #expect(try await refusal(old, source) == .rejectedNonFastForward)
      let new = acceptance(source, store, nil, trust: TrustPolicy(commit: other))
      #expect(try await accept(new, source).basis?.contains("trust.commit") == true)
      #expect(await store.accepted()?.commit == other)
    }
  }

  /// Two daemons of one log: the one that is behind goes by its own record, and one that went another way is refused.
  @Test func daemonsOfOneLogAgree() async throws {
    try await ExternalCommand.withFolder { folder in
      let (world, first) = try signedWorld(folder)
      let audit = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let (one, two) = (MemoryStates(), MemoryStates())
      let (north, south) = (try world.source("north"), try world.source("south"))
      _ = try await accept(acceptance(north, one, audit), north)
      _ = try await accept(acceptance(south, two, audit), south)
      try world.commit("A change", signer: "anna")
      _ = try await accept(acceptance(north, one, audit), north)
      // South has not fetched it, and looks at what it has.
      let behind = try await south.repository.commit(first)
      _ = try await acceptance(south, two, audit).verify(behind)
      try world.git("reset", "-q", "--hard", first)
      try world.commit("Another change", signer: "anna")
      _ = try await north.newest()
      #expect(try await refusal(acceptance(north, two, audit), north) == .rejectedNonFastForward)
      // Nor does it help that this daemon's own record has gone the other way.
      let here = try await north.newest().id
      await two.accept(AcceptedCommit(here, regions: [], at: 1_700_000_000_000))
      try world.commit("One more", signer: "anna")
      #expect(try await refusal(acceptance(north, two, audit), north) == .rejectedNonFastForward)
    }
  }
}
