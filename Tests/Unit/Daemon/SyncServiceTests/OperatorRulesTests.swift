import ConfigCompiler
import GitStore
import RepositorySupport
import SyncEngine
import SyncService
import TestSupport
import Testing

/// The operator's rules in the daemon: who breaks one stays as it was, also after a restart.
@Suite struct OperatorRulesTests {
  private static let rules = """
      rules:
        - name: ports-stay
          kind: Relay
          severity: error
          text: a relay keeps its port
          expression: old == null || old.spec.port == spec.port
          examples:
            pass: [{ spec: { port: 30101 } }]
            fail: [{ old: { spec: { port: 30101 } }, spec: { port: 30109 } }]

    """

  @Test func aRefusedChangeStaysOut() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder)
      try world.edit("platform.yaml", "  rules:\n", Self.rules)
      try world.git.commit("A rule", signer: "anna")
      #expect(try await world.service.pass().problem == nil)
      let acme = await world.target.digests(of: "acme")
      #expect(!acme.isEmpty)

      // Acme moves a port, and in the next commit globex revokes a key: only the latter counts.
      try world.edit("orgs/acme/relays/milan-1.yaml", "port: 30101", "port: 30109")
      try world.git.commit("Move a port", signer: "anna")
      _ = try await world.service.pass()
      #expect(await world.target.digests(of: "acme") == acme)
      try world.edit("orgs/globex/keys/office-bari.yaml", "status: active", "status: revoked")
      let last = try world.git.commit("Revoke a key", signer: "anna")
      _ = try await world.service.pass()
      #expect(await world.target.digests(of: "acme") == acme)
      #expect(await world.target.digests(of: "globex") == (try world.declared("globex")))

      // A daemon that starts knows only the last commit, in which nothing of acme changed.
      let source = try world.git.source("restarted")
      let commit = try await source.newest()
      #expect(commit.id == last)
      let compiler = IncrementalCompiler(source.repository)
      #expect(try await compiler.compile(commit, now: commit.committer.time).faults == .none)
      let started = try await compiler.compileAfterStart(commit, now: commit.committer.time)
      #expect(started.faults == .organizations(["acme"]))

      // With the rule away, the port moves.
      try world.edit("platform.yaml", Self.rules, "  rules:\n")
      try world.git.commit("No rule", signer: "anna")
      #expect(try await world.service.pass().problem == nil)
      #expect(await world.target.digests(of: "acme") == (try world.declared("acme")))
      #expect(await world.target.digests(of: "acme") != acme)
    }
  }
}
