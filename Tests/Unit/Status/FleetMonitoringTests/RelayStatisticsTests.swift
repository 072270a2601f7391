import FleetMonitoring
import RelayWire
import Testing

@Suite struct RelayStatisticsTests {
  @Test func readsWhatARelaySays() throws {
    let text = """
      {"uptimeSeconds": 86.5, "handshakes": {"total": 121, "responses": 121, "successful": 120}, "sessions": 3,
       "connectedPeers": 1, "traffic": {"receivedBytes": 5, "receivedPackets": 4, "forwardedBytes": 3, "forwardedPackets": 2},
       "drops": {"malformed": 7, "moved": 0}, "receiveQueueOverflow": 9, "tables": {"addresses": 1},
       "peers": [{"name": "hq", "alias": null, "fingerprint": "SHA256:x", "group": "acme", "state": "connected",
         "endpoint": "198.51.100.10:51820", "sessions": 1, "handshakes": 12, "lastHandshakeSeconds": 4.25,
         "receivedBytes": 10, "receivedPackets": 1, "sentBytes": 20, "sentPackets": 1, "handshakeMilliseconds": 12.5,
         "pathMilliseconds": 8}, {"name": "b", "state": "a state of tomorrow"}],
       "probes": [{"name": "up", "last": {"kind": "traceroute", "target": "h", "address": "192.0.2.1",
         "finishedAt": "2026-11-25T04:39:00Z", "reached": true, "hops": [{"hop": 1, "address": null,
         "milliseconds": [0.5], "reached": false}]}}, {"name": "new", "last": null}]}
      """
    let statistics = try #require(RelayStatistics(parsing: text.utf8))
    #expect(statistics.uptime == 86.5)
    #expect(statistics.handshakes == HandshakeCount(initiated: 121, completed: 120))
    #expect(statistics.responses == 121)
    #expect(statistics.sessions == 3)
    #expect(statistics.traffic?.forwardedBytes == 3)
    #expect(statistics.drops == ["malformed": 7])
    #expect(statistics.receiveQueueOverflow == 9)
    #expect(statistics.peers.map(\.state) == [.connected, .never])
    #expect(statistics.peers.first?.lastHandshakeAge == 4.25)
    #expect(statistics.peers.first?.pathMilliseconds == 8)
    #expect(statistics.probes.first?.hops.first?.milliseconds == [0.5])
    #expect(statistics.probes.map(\.reached) == [true, nil])
  }

  @Test func readsWhatAMemberSaysOfItsCluster() throws {
    let text = """
      {"cluster": {"member": "1f", "ready": true, "homes": 2, "lost": 1,
        "crossing": {"receivedBytes": 4, "receivedPackets": 3, "forwardedBytes": 2, "forwardedPackets": 1},
        "members": [{"member": "2f", "address": "10.0.0.2:7000", "state": "alive", "roundTripMilliseconds": 0.4,
          "agrees": true, "homes": 3}, {"state": "alive"}, {"member": "3f", "homes": -1, "agrees": "perhaps"}]},
       "peers": [{"name": "hq", "state": "connected", "member": "2f", "total": {"handshakes": 2, "receivedBytes": 5}}]}
      """
    let statistics = try #require(RelayStatistics(parsing: text.utf8))
    let cluster = try #require(statistics.cluster)
    #expect(cluster.member == "1f" && cluster.ready && cluster.homes == 2 && cluster.lost == 1)
    #expect(cluster.crossing?.receivedPackets == 3 && cluster.crossing?.forwardedBytes == 2)
    #expect(cluster.members.map(\.member) == ["2f", "3f"] && cluster.members.map(\.agrees) == [true, false])
    #expect(cluster.members.map(\.homes) == [3, 0] && cluster.members[0].roundTripMilliseconds == 0.4)
    #expect(statistics.peers.first?.member == "2f")
    #expect(statistics.peers.first?.total?.handshakes == 2 && statistics.peers.first?.total?.receivedBytes == 5)
    #expect(RelayStatistics(parsing: #"{"cluster": {"ready": true}}"#.utf8)?.cluster == nil)
  }

  /// A member that has ended counted too, so the totals are more than the sum of those that are left.
  @Test func totalsOfMembersOutliveTheMembers() throws {
    func member(_ number: Int, own: Int, total: Int) throws -> RelayStatistics {
      let text = """
        {"cluster": {"member": "\(number)", "ready": true, "homes": 0, "lost": 0, "members": []},
         "peers": [{"name": "hq", "state": "idle", "receivedBytes": \(own), "total": {"receivedBytes": \(total)}}]}
        """
      return try #require(RelayStatistics(parsing: text.utf8))
    }
    let (first, second) = (try member(1, own: 10, total: 70), try member(2, own: 20, total: 72))
    #expect(RelayStatistics(together: [first])?.peers.map(\.receivedBytes) == [70])
    #expect(RelayStatistics(together: [first, second])?.peers.map(\.receivedBytes) == [72])
    var older = first
    older.peers[0].total = nil
    #expect(RelayStatistics(together: [older, second])?.peers.map(\.receivedBytes) == [82])
  }

  @Test func whatIsMissingIsLeftOut() {
    #expect(RelayStatistics(parsing: "{}".utf8) == RelayStatistics())
    #expect(RelayStatistics(parsing: #"{"peers": [{}, 5, null, {"name": "a"}]}"#.utf8)?.peers.map(\.name) == ["a"])
  }

  @Test(arguments: [
    "", "[]", "null", "5", "{", "<html>", String(repeating: "[", count: 100_000),
    #"{"sessions": }"#, "\u{0}\u{1}\u{2}",
  ])
  func garbageIsNothing(_ text: String) { #expect(RelayStatistics(parsing: text.utf8) == nil) }

  @Test(arguments: [
    #"{"sessions": -5, "handshakes": {"total": -1, "successful": 1.5}, "uptimeSeconds": -3}"#,
    #"{"sessions": 1e300, "handshakes": {"total": 1e300, "successful": 99999999999999999999999}}"#,
    #"{"sessions": "many", "handshakes": [], "traffic": {"receivedBytes": {}}, "drops": [1], "peers": {}, "probes": 5}"#,
    #"{"peers": [{"name": "a", "sessions": 1e99, "receivedBytes": -1e99, "lastHandshakeSeconds": -5}]}"#,
  ])
  func numbersOutOfRangeDoNotTrap(_ text: String) {
    guard let read = RelayStatistics(parsing: text.utf8) else { return }
    #expect((read.sessions ?? 0) >= 0)
    #expect((read.uptime ?? 0) >= 0)
    var fleet = fleet()
    fleet.observe(running(at: 0, statistics()))
    fleet.observe(running(at: 10, read))
    #expect(fleet.kpi.sessions >= 0)
  }

  /// Every prefix and many changes of a good answer: something, or nothing, and never a trap.
  @Test func mutations() {
    let good = Array(
      #"{"uptimeSeconds":1,"handshakes":{"total":9,"successful":8},"peers":[{"name":"a","state":"idle","sentBytes":3}]}"#
        .utf8)
    var numbers = Numbers(state: 3)
    var read = 0
    for length in good.indices { read += RelayStatistics(parsing: good[..<length]) == nil ? 0 : 1 }
    #expect(read == 0)
    for _ in 0..<3_000 {
      var bytes = good
      for _ in 0..<3 { bytes[Int.random(in: bytes.indices, using: &numbers)] = .random(in: 0...255, using: &numbers) }
      read += RelayStatistics(parsing: bytes) == nil ? 0 : 1
    }
    #expect(read > 0)
  }
}
