import ProbePolicy
import RelayCore
import Testing

@testable import RelayServer

@Suite struct ConfigurationTests {
  @Test func everythingCanBeSaid() throws {
    let configuration = try RelayConfiguration(
      parsing: Array(
        """
        {"broadcastRate": 7, "bandwidthMbps": 100, "packetsPerSecond": 5000,
         "perKey": {"bandwidthMbps": 10, "packetsPerSecond": 500}, "gso": "off", "roaming": "strict",
         "token": "0123456789abcdef", "denyPrivateTargets": true, "allowedTargets": ["10.20.0.0/16", "fd00::/8"], "deniedTargets": ["203.0.113.0/24"],
         "probes": [{"name": "up", "ping": "192.0.2.1"}, {"name": "way", "traceroute": "example.org"}],
         "keys": [{"name": "a", "publicKey": "\(String(repeating: "A", count: 43))="}]}
        """.utf8))
    #expect(configuration.broadcastRate == 7)
    #expect(configuration.caps.relayBitsPerSecond == 100_000_000)
    #expect(configuration.caps.keyPacketsPerSecond == 500)
    #expect(configuration.segmentation == .off)
    #expect(configuration.strictRoaming == true)
    #expect(
      configuration.targets
        == ProbePolicy(
          deniesPrivate: true,
          allowed: [AddressRange([10, 20, 0, 0], 16), AddressRange([0xFD] + [UInt8](repeating: 0, count: 15), 8)],
          denied: [AddressRange([203, 0, 113, 0], 24)]))
    #expect(configuration.probes.map(\.kind) == [.ping, .traceroute])
    #expect(configuration.keys.map(\.group) == ["default"])
  }

  @Test func everyLimitCanBeSet() throws {
    for (name, rate) in RelayConfiguration.rates {
      let configuration = try RelayConfiguration(parsing: Array("{\"limits\": {\"\(name)\": 77}}".utf8))
      #expect(configuration.limits[keyPath: rate].perSecond == 77)
      #expect(configuration.limits[keyPath: rate].burst >= 77)
      #expect(configuration.limits != RelayLimits())
    }
  }

  @Test(arguments: [("{}", false), ("{\"keys\": []}", true)])
  func emptyListSaysNobody(_ text: String, _ nobody: Bool) throws {
    let configuration = try RelayConfiguration(parsing: Array(text.utf8))
    #expect(KeySources(allow: [], bundles: [], identity: nil).sayNobody(configuration) == nobody)
  }

  /// Every slip names the member and what it may be.
  @Test(arguments: [
    ("[]", "not a JSON object"), ("{", "not a JSON object"), ("{\"nope\": 1}", "`nope`"),
    ("{\"broadcastRate\": 0}", "from 1 to 1000000"), ("{\"broadcastRate\": \"5\"}", "`broadcastRate`"),
    ("{\"bandwidthMbps\": 1e30}", "`bandwidthMbps`"), ("{\"perKey\": 1}", "`perKey`"),
    ("{\"perKey\": {\"x\": 1}}", "`perKey.x`"), ("{\"limits\": []}", "`limits`"),
    ("{\"limits\": {\"x\": 1}}", "`limits.x`"), ("{\"limits\": {\"strangers\": 0}}", "`limits.strangers`"),
    ("{\"gso\": true}", "\"auto\""),
    ("{\"roaming\": \"maybe\"}", "\"strict\""), ("{\"token\": \"short\"}", "16 bytes"),
    ("{\"denyPrivateTargets\": 1}", "true or false"), ("{\"allowedTargets\": [\"10.0.0.1\"]}", "networks"),
    ("{\"deniedTargets\": [\"10.0.0.0/33\"]}", "networks"), ("{\"probes\": [{\"name\": \"\"}]}", "`probes[0].name`"),
    ("{\"probes\": [{\"name\": \"a\"}]}", "exactly one of ping and traceroute"),
    (#"{"cluster": []}"#, "`cluster` of the configuration must be an object"),
    (#"{"cluster": {}}"#, "`cluster.address`"), (#"{"cluster": {"adress": ""}}"#, "`cluster.adress`"),
    (#"{"cluster": {"address": "relay-a:7000", "key": "/k"}}"#, "such as 10.0.0.1:7000"),
    (#"{"cluster": {"address": "10.0.0.1:0", "key": "/k"}}"#, "`cluster.address`"),
    (#"{"cluster": {"address": "10.0.0.1:7000"}}"#, "`cluster.key`"),
    (#"{"cluster": {"address": "10.0.0.1:7000", "key": ""}}"#, "`cluster.key`"),
    (#"{"cluster": {"address": "10.0.0.1:7000", "key": "/k", "join": "b:1"}}"#, "`cluster.join`"),
    (#"{"cluster": {"address": "10.0.0.1:7000", "key": "/k", "join": ["b:1", "b"]}}"#, "`cluster.join[1]`"),
    ("{\"keys\": [{\"name\": \"a\", \"publicKey\": \"AAAA\"}]}", "`keys[0].publicKey`"),
  ])
  func slipIsNamed(_ text: String, _ part: String) throws {
    let failure = try #require(throws: RelayServerError.self) { _ = try RelayConfiguration(parsing: Array(text.utf8)) }
    #expect(failure.kind == .invalid)
    #expect(failure.description.contains(part), "\(failure.description)")
  }

  @Test func keyStandsOnceAndBundlesNeedAnIdentity() throws {
    let text = String(repeating: "A", count: 43) + "="
    let keys = try KeySources(allow: [text, text], bundles: [], identity: nil).load(configured: []).keys
    #expect(keys.count == 1)
    #expect(throws: RelayServerError.self) {
      _ = try KeySources(allow: [], bundles: ["/nowhere"], identity: nil).load(configured: [])
    }
    #expect(throws: RelayServerError.self) {
      _ = try KeySources(allow: ["x"], bundles: [], identity: nil).load(configured: [])
    }
  }
}

@Suite struct TargetPolicyTests {
  private static let tenants = ProbePolicy(deniesPrivate: true)

  /// Whatever way leads to the machine itself or into its network: forms of addresses, and names.
  @Test(arguments: [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "10.1", "::1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "fe80::1%lo", "localhost", "ip6-localhost", "169.254.169.254", "64:ff9b::7f00:1",
  ])
  func noWayLeadsInside(_ target: String) {
    #expect(throws: RelayServerError.self) { _ = try TargetPolicy.resolve(target, Self.tenants) }
  }

  /// A name that leads inside reads like one that does not exist.
  @Test func namesTellNothing() {
    func reason(_ name: String) -> String {
      do {
        _ = try TargetPolicy.resolve(name, Self.tenants)
        return "none"
      } catch {
        return error.description.replacing(name, with: "NAME")
      }
    }
    #expect(reason("localhost") == reason("no-such-host.invalid"))
    #expect(!reason("localhost").contains("127.0.0.1"))
  }

  @Test func whoMayReachesEverything() throws {
    #expect(try TargetPolicy.resolve("127.0.0.1", ProbePolicy()).addressText == "127.0.0.1")
    #expect(try TargetPolicy.resolve("localhost", ProbePolicy()).addressBytes.count == 16)
    #expect(throws: RelayServerError.self) { _ = try TargetPolicy.resolve("169.254.169.254", ProbePolicy()) }
  }

  @Test(arguments: ["8.8.8.8", "2001:4860:4860::8888", "192.0.2.1"])
  func publicAddressIsProbed(_ text: String) throws {
    #expect(try TargetPolicy.resolve(text, Self.tenants).addressText == text)
  }

  @Test(arguments: ["", "two words", "a\u{0}b", String(repeating: "a", count: 300), "no-such-host.invalid"])
  func oddNameIsRefused(_ name: String) {
    #expect(throws: RelayServerError.self) { _ = try TargetPolicy.resolve(name, ProbePolicy()) }
  }
}
