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
         "token": "0123456789abcdef", "denyPrivateTargets": true,
         "probes": [{"name": "up", "ping": "192.0.2.1"}, {"name": "way", "traceroute": "example.org"}],
         "keys": [{"name": "a", "publicKey": "\(String(repeating: "A", count: 43))="}]}
        """.utf8))
    #expect(configuration.broadcastRate == 7)
    #expect(configuration.caps.relayBitsPerSecond == 100_000_000)
    #expect(configuration.caps.keyPacketsPerSecond == 500)
    #expect(configuration.segmentation == .off)
    #expect(configuration.strictRoaming == true)
    #expect(configuration.denyPrivateTargets)
    #expect(configuration.probes.map(\.kind) == [.ping, .traceroute])
    #expect(configuration.keys.map(\.group) == ["default"])
  }

  /// Every slip names the member and what it may be.
  @Test(arguments: [
    ("[]", "no JSON object"), ("{", "no JSON object"), ("{\"nope\": 1}", "`nope`"),
    ("{\"broadcastRate\": 0}", "from 1 to 1000000"), ("{\"broadcastRate\": \"5\"}", "`broadcastRate`"),
    ("{\"bandwidthMbps\": 1e30}", "`bandwidthMbps`"), ("{\"perKey\": 1}", "`perKey`"),
    ("{\"perKey\": {\"x\": 1}}", "`perKey.x`"), ("{\"gso\": true}", "\"auto\""),
    ("{\"roaming\": \"maybe\"}", "\"strict\""), ("{\"token\": \"short\"}", "16 bytes"),
    ("{\"denyPrivateTargets\": 1}", "true or false"), ("{\"probes\": [{\"name\": \"\"}]}", "`probes[0].name`"),
    ("{\"probes\": [{\"name\": \"a\"}]}", "exactly one of ping and traceroute"),
    ("{\"keys\": [{\"name\": \"a\", \"publicKey\": \"AAAA\"}]}", "`keys[0].publicKey`"),
  ])
  func slipIsNamed(_ text: String, _ part: String) throws {
    let failure = try #require(throws: RelayFailure.self) { _ = try RelayConfiguration(parsing: Array(text.utf8)) }
    #expect(failure.kind == .invalid)
    #expect(failure.description.contains(part), "\(failure.description)")
  }

  @Test func keyStandsOnceAndBundlesNeedAnIdentity() throws {
    let text = String(repeating: "A", count: 43) + "="
    let keys = try KeySources(allow: [text, text], bundles: [], identity: nil).load(configured: [])
    #expect(keys.count == 1)
    #expect(throws: RelayFailure.self) {
      _ = try KeySources(allow: [], bundles: ["/nowhere"], identity: nil).load(configured: [])
    }
    #expect(throws: RelayFailure.self) {
      _ = try KeySources(allow: ["x"], bundles: [], identity: nil).load(configured: [])
    }
  }

  @Test(arguments: [
    ("127.0.0.1:80", "127.0.0.1", 80), (":8080", "", 8_080), ("[::1]:1", "::1", 1), ("host:2", "host", 2),
  ])
  func addressIsSplit(_ text: String, _ host: String, _ port: UInt16) throws {
    let parts = try #require(Endpoint.split(text))
    #expect(parts.host == host)
    #expect(parts.port == port)
  }

  @Test(arguments: ["", "8080", "::1:80", "host:99999", "host:", "host:-1"])
  func badAddressIsNone(_ text: String) { #expect(Endpoint.split(text) == nil) }
}

@Suite struct TargetPolicyTests {
  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "169.254.169.254", "::",
    "ff02::1", "fe80::1", "::ffff:169.254.169.254", "::ffff:224.0.0.1",
  ])
  func nobodysAddressIsRefusedAlways(_ text: String) throws {
    let endpoint = try #require(Endpoint(address: text, port: 0))
    #expect(TargetPolicy.refusal(of: endpoint, denyPrivate: false) != nil)
  }

  @Test(arguments: [
    "10.0.0.1", "127.0.0.1", "100.64.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::1", "fd00::1", "fc00::1",
    "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::1",
  ])
  func privateAddressIsRefusedOnDemand(_ text: String) throws {
    let endpoint = try #require(Endpoint(address: text, port: 0))
    #expect(TargetPolicy.refusal(of: endpoint, denyPrivate: true) != nil)
    #expect(TargetPolicy.refusal(of: endpoint, denyPrivate: false) == nil)
  }

  @Test(arguments: ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888", "64:ff9b::8.8.8.8"])
  func publicAddressIsProbed(_ text: String) throws {
    let endpoint = try #require(Endpoint(address: text, port: 0))
    #expect(TargetPolicy.refusal(of: endpoint, denyPrivate: true) == nil)
  }

  @Test(arguments: ["", "two words", "a\u{0}b", String(repeating: "a", count: 300), "no-such-host.invalid"])
  func oddNameIsRefused(_ name: String) {
    #expect(throws: RelayFailure.self) { _ = try TargetPolicy.resolve(name, denyPrivate: false) }
  }
}
